"""CellML 1.0, 1.1 and 2.0: from a file to a Model and back."""
