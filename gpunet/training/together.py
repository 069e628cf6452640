"""Members of a population that share their launches on a GPU, each in a run folder of its own."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import groupby
from typing import Any

from gpunet.backend.device import Device
from gpunet.training.engines import Fused
from gpunet.training.history import EpochRecord
from gpunet.training.lock import locked
from gpunet.training.members import Entry, Job, Member, open_session
from gpunet.training.session import Session
from gpunet.training.side_by_side import SideBySide

# Each member has an evaluator of some megabytes; more than a GPU's multiprocessors gain nothing.
MOST_TOGETHER = 256


def groups_alike(job: Job, members: Sequence[Member]) -> list[list[Member]]:
    """The members in groups that may share a launch; none where the device has no such engine."""
    device = job.device
    if not (isinstance(device, Device) and device.shared_limit and job.engine in {"auto", "fused"}):
        return []
    ordered = sorted(members, key=lambda member: (repr(likeness(member)), member.number))
    alike = [list(group) for _, group in groupby(ordered, key=likeness)]
    return [
        group[start : start + MOST_TOGETHER]
        for group in alike
        for start in range(0, len(group), MOST_TOGETHER)
    ]


def likeness(member: Member) -> tuple[Any, ...]:
    """What members that share a launch have in common."""
    settings = member.setting.training
    shape = {key: value for key, value in member.description.items() if key != "seed"}
    return (sorted(shape.items()), settings.batch_size, settings.epochs, settings.momentum > 0)


def run_side_by_side(
    sessions: Sequence[Session],
    members: Sequence[Member],
    on_entry: Callable[[Entry], None],
    keep_going: Callable[[float], bool],
) -> None:
    """Train members in common launches, each to the same bytes as a single run.

    Args:
        sessions: the members' runs, all with the fused engine.
        members: the members.
        on_entry: told of each that comes to its end, be it by diverging.
        keep_going: told, after each launch, how many networks are done, fractions included; False
            stops all of them, resumably.

    Raises:
        GpunetError: the device failed, or a folder cannot be written.
    """
    side = SideBySide([session.trainer for session in sessions])

    def after_epoch(number: int, record: EpochRecord) -> None:
        sessions[number].after_epoch()

    def after_launch() -> bool:
        parts = (
            trainer.steps_done / (trainer.settings.epochs * trainer.steps_an_epoch)
            for trainer in side.trainers
        )
        return keep_going(sum(parts))

    with ExitStack() as locks:
        for session in sessions:
            locks.enter_context(locked(session.folder.path))
            session.folder.note("running")
        began = time.perf_counter()
        try:
            side.train(after_epoch, after_launch)
            seconds = (time.perf_counter() - began) / len(sessions)
            for number, (session, member) in enumerate(zip(sessions, members, strict=True)):
                session.write_state()
                if number in side.diverged:
                    session.folder.note("diverged", seconds)
                    on_entry(member.entry(None, diverged=str(side.diverged[number])))
                elif session.conclude(seconds):
                    on_entry(member.entry(session.folder.description["result"]))
        except side.device.failures as error:
            raise sessions[0].device_failed(error) from error


def open_together(job: Job, members: Sequence[Member]) -> list[Session] | None:
    """The members' runs, or None if some of them do not take the fused engine."""
    sessions = [open_session(job, member) for member in members]
    fused = all(isinstance(session.trainer.engine, Fused) for session in sessions)
    return sessions if fused else None
