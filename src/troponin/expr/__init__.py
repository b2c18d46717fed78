"""What an equation is: immutable, interned expression nodes and the passes over them."""
