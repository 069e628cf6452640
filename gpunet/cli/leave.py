"""What Ctrl-C does where there is nothing to clean up. Imports next to nothing."""

import os
import sys


def leave(number: int, frame: object) -> None:
    """End at once, as the shell expects of what was interrupted."""
    try:
        os.write(2, b"gpunet: interrupted\n")
        sys.stdout.flush()
    finally:
        os._exit(128 + number)
