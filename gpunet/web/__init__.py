"""Pages on this machine alone: a small web server, and the page to draw on."""
