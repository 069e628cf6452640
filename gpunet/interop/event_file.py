"""The event files that TensorBoard reads: records of what happened, one behind the other.

Around each record lie its length and two checksums, as in TensorFlow's TFRecord files. They are
written here rather than by tensorboardX's writer, whose thread waits forever once a disk is full,
and which keeps a file open for each of many networks.
"""

import struct
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError

# What the name of every event file begins with.
PREFIX = "events.out.tfevents."


class EventFile:
    """A new event file in a folder, which is made if it is not there.

    What earlier files of the folder say of `first_step` and later is hidden by TensorBoard: it was
    said by a training that this one continues from before that step.

    Args:
        folder: where.
        first_step: the first step of which there will be an event.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, first_step: int) -> None:
        self.tensorboard = import_tensorboard()
        seconds, rest = divmod(time.time_ns(), 10**9)
        # TensorBoard reads the files of a folder in the order of their names.
        self.path = folder / f"{PREFIX}{seconds:010d}.{rest:09d}"
        folder.mkdir(parents=True, exist_ok=True)
        events = self.tensorboard.proto.event_pb2
        start = events.SessionLog(status=events.SessionLog.START)
        self.append(
            events.Event(wall_time=time.time(), file_version="brain.Event:2"),
            events.Event(wall_time=time.time(), step=first_step, session_log=start),
        )

    def write(self, step: int, summaries: Sequence[Any]) -> None:
        """Write what is known of a step; made by `scalar` and `histogram`.

        Raises:
            OSError: it cannot be written.
        """
        event = self.tensorboard.proto.event_pb2.Event
        now = time.time()
        self.append(*(event(wall_time=now, step=step, summary=each) for each in summaries))

    def scalar(self, tag: str, value: float) -> Any:
        """A number, as `write` takes it."""
        return self.tensorboard.summary.scalar(tag, value)

    def histogram(self, tag: str, values: Any, bins: int) -> Any:
        """How numbers are distributed (an array on the host), as `write` takes it."""
        return self.tensorboard.summary.histogram(tag, values, bins)

    def append(self, *events: Any) -> None:
        """Write events in one piece, so that a reader finds whole ones."""
        with open(self.path, "ab") as file:
            file.write(b"".join(self.record(event.SerializeToString()) for event in events))

    def record(self, content: bytes) -> bytes:
        """A record with its length and checksums."""
        checksum = self.tensorboard.record_writer.masked_crc32c
        length = struct.pack("<Q", len(content))
        sums = [struct.pack("<I", checksum(part)) for part in (length, content)]
        return length + sums[0] + content + sums[1]


def has_events(folder: Path) -> bool:
    """Whether there are event files in a folder."""
    return any(folder.glob(f"{PREFIX}*"))


def import_tensorboard() -> Any:
    """tensorboardX, with the parts that are used; InputError where it is not installed."""
    try:
        import tensorboardX
        import tensorboardX.proto.event_pb2
        import tensorboardX.record_writer
        import tensorboardX.summary
    except ImportError:
        raise InputError(
            "files for TensorBoard need tensorboardX, which is not installed: "
            'pip install "gpunet[tensorboard]"'
        ) from None
    return tensorboardX
