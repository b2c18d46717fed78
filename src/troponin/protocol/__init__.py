"""What is done to a cell: pulses, ramps and levels on an exact timeline, and trains of them."""
