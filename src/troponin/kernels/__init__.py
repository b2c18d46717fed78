"""How a model becomes machine code: program, vectors, packing, code on disk."""
