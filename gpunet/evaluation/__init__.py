"""How good a network or a committee is, and what it makes of images."""
