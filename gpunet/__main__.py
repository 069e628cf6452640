"""`python -m gpunet` is the command line."""

from gpunet.cli.early import start

start()
