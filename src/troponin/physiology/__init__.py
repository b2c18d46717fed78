"""What the physics says: ions, gates, channels, buffers and contraction, with no time step, no array and no solver."""
