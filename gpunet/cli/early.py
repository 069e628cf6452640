"""Ctrl-C, from the command's first moment on.

Python makes it an exception; raised while modules are imported, that would end in a traceback, or
be lost where one written in C clears it. So it ends the command at once, but where something is to
be cleared away (`interruptible`) or a run to be brought into order (`watching_signals`).
"""

# What the module `signal` is made of; to import that itself takes 3 ms.
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
