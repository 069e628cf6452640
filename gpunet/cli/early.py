"""Ctrl-C, from the command's first moment on.

Python turns it into an exception; raised while modules are imported, that would end in a traceback,
or be lost in a module written in C. So Ctrl-C ends the command at once, except where something has
to be cleaned up (`interruptible`) or a run has to be saved (`watching_signals`).
"""

# The C module behind `signal`, which itself takes 3 ms to import.
from _signal import (  # type: ignore[import-not-found]
    SIGINT,
    default_int_handler,
    getsignal,
    signal,
)

from gpunet.cli.leave import leave


def start() -> None:
    """The command line."""
    if getsignal(SIGINT) is default_int_handler:  # else it is ignored, as in the background
        signal(SIGINT, leave)
    from gpunet.cli.main import main

    main()
