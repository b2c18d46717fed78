"""gotran files in and out."""
