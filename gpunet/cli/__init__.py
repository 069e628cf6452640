"""The command line: one command a file. Only click is imported before a command runs."""
