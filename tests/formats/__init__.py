"""How models are written down, proven by published files, round trips and broken files."""
