"""The limit cycle: maps from beat to beat, fixed points of them, their multipliers."""
