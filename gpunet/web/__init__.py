"""Pages on this machine alone: a small web server, a page to draw on, and one to play on."""
