"""The lowest layer, for use everywhere: errors, files, seeds, options and their rules."""
