"""CellML in and out."""
