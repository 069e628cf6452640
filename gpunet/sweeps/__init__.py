"""Many networks: grids, populations, and how they are trained at once."""
