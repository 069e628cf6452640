"""How the members of a population are run: in turn, over processes, on a GPU."""
