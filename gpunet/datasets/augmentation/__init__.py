"""More images from few: shifted, turned, stretched, warped."""
