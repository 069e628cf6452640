"""`python -m gpunet` is the command line."""

from gpunet.cli.main import main

main()
