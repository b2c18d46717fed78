"""What a system is: the flat, frozen Model that physics and formats build and that kernels read."""
