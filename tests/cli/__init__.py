"""The command line, from the words typed to the exit status."""
