"""Members of a population that a GPU trains at once, each in its own run folder."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import groupby
from math import ceil, inf
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import DeviceFailedError
from gpunet.engines.base import Score
from gpunet.runs.run import Run
from gpunet.sweeps.executors.lockstep import Lockstep
from gpunet.sweeps.executors.shared_launch import SharedLaunch
from gpunet.sweeps.executors.streams import Streams
from gpunet.sweeps.members import Job, Member, Reports, open_run
from gpunet.training.best import keeping_best
from gpunet.training.history import EpochRecord
from gpunet.training.make_optimizer import count_states
from gpunet.training.memory import bytes_of_data

# CUDA's default number of hardware queues; streams that share one wait for each other.
MAX_STREAMS = 8


def run_sharing_launches(job: Job, members: Sequence[Member], reports: Reports) -> None:
    """Run members of the fused engine; those of the same shape share launches."""
    done = 0
    for _, found in groupby(sorted_by_traits(members), key=shared_traits):
        alike = list(found)
        for group in groups_that_fit(job, alike, in_even_groups(len(alike), alike[0].at_once)):
            if reports.stopped_by is None:
                run_group_in_shared_launches(job, group, reports, done)
                done += len(group)


def in_even_groups(members: int, at_once: int) -> int:
    """How many go into a group, if there are no more groups than must be, all about as large."""
    return ceil(members / ceil(members / at_once))


def run_group_in_shared_launches(
    job: Job, members: Sequence[Member], reports: Reports, done: int
) -> None:
    """Run members of the same shape in shared launches."""
    runs = [open_run(job, member) for member in members]
    lockstep = SharedLaunch([run.trainer for run in runs])
    run_in_lockstep(job, lockstep, runs, members, reports, done)


def run_over_streams(job: Job, members: Sequence[Member], reports: Reports, done: int) -> None:
    """Run members of any engine on a device that `supports_streams`, after `done` others."""
    assert isinstance(job.device, Device)
    streams = streams_that_fit(job, members)
    devices = [job.device, *(job.device.sibling() for _ in range(1, streams))]
    for group in groups_that_fit(job, sorted_by_traits(members), streams):
        if reports.stopped_by is None:
            run_on(devices, job, group, reports, done)
            done += len(group)


def run_on(
    devices: Sequence[Device], job: Job, members: Sequence[Member], reports: Reports, done: int
) -> None:
    """Run each member on its own device."""
    runs = [
        open_run(replace(job, device=device), member)
        for device, member in zip(devices, members, strict=False)
    ]
    streams = Streams([run.trainer for run in runs])
    run_in_lockstep(job, streams, runs, members, reports, done)


def streams_that_fit(job: Job, members: Sequence[Member]) -> int:
    """How many streams there is memory for, beside the members that are trained on them."""
    assert isinstance(job.device, Device)
    most, each = min(MAX_STREAMS, len(members)), job.device.sibling_bytes
    needed = max((member.needed for member in members), default=0)
    fit = (room_for(job, members) + each) / max(needed + each, 1)  # the first is there already
    return max(1, int(min(most, fit)))


def room_for(job: Job, members: Sequence[Member]) -> float:
    """Bytes of memory free for members, the data being there; any where the device is silent."""
    assert isinstance(job.device, Device)
    free = job.device.memory().free
    asked = [(m.config.training, job.dataset.shape if m.config.deskew else ()) for m in members]
    data = max((bytes_of_data(job.device, job.dataset, *each) for each in asked), default=0)
    return free - data if free else inf


def groups_that_fit(job: Job, members: Sequence[Member], most: int) -> list[list[Member]]:
    """The members in groups of at most `most`, each of which fits into the free memory."""
    room = room_for(job, members)
    groups: list[list[Member]] = []
    for member in members:
        last = groups[-1] if groups else []
        fits = sum(other.needed for other in last) + member.needed <= room
        if last and fits and len(last) < most:
            last.append(member)
        else:
            groups.append([member])
    return groups


def sorted_by_traits(members: Sequence[Member]) -> list[Member]:
    """Members with the same traits next to one another, since they take equally long."""
    return sorted(members, key=lambda member: (repr(shared_traits(member)), member.number))


def shared_traits(member: Member) -> tuple[Any, ...]:
    """What members that share a launch have in common."""
    config = member.config.training
    shape = {key: value for key, value in member.description.items() if key != "seed"}
    of_settings = (
        config.batch_size,
        config.epochs,
        config.optimizer,
        config.expand,
        config.train_on,
    )
    kinds = (count_states(config), config.l2 > 0)
    return (sorted(shape.items()), *of_settings, *kinds)


def run_in_lockstep(
    job: Job,
    lockstep: Lockstep,
    runs: Sequence[Run],
    members: Sequence[Member],
    reports: Reports,
    done: int,
) -> None:
    """Train members at once, each to the same bytes as a single run.

    Args:
        job: the job they belong to.
        lockstep: their trainers.
        runs: their runs.
        members: the members.
        reports: called for each that finishes or diverges; can stop all of them, resumably.
        done: the number of other members run before.

    Raises:
        DeviceFailedError: the device failed, or has too little memory.
        GpunetError: a folder cannot be written.
    """

    def after_epoch(number: int, record: EpochRecord) -> None:
        runs[number].after_epoch()

    def keep_going() -> bool:
        parts = (
            trainer.steps_done / (trainer.config.epochs * trainer.steps_per_epoch)
            for trainer in lockstep.trainers
        )
        reports.on_progress(done + sum(parts))
        return reports.stopped_by is None

    with ExitStack() as folders:
        for run in runs:
            folders.enter_context(run.folder)
            run.folder.note("running")
        for run in runs:
            folders.enter_context(telling(run))
        began = time.perf_counter()
        try:
            lockstep.train(after_epoch, keep_going)
            found = score_finished(job, lockstep, runs)
            seconds = (time.perf_counter() - began) / len(runs)
            for number, (run, member) in enumerate(zip(runs, members, strict=True)):
                run.write_state()
                if number in lockstep.diverged:
                    why = str(lockstep.diverged[number])
                    run.folder.note("diverged", seconds, diverged=why)
                    reports.on_entry(member.entry(None, diverged=why))
                elif number in found:
                    run.record(found[number], seconds)
                    reports.on_entry(member.entry(run.folder.description["result"]))
                elif run.conclude(seconds):
                    reports.on_entry(member.entry(run.folder.description["result"]))
        except DeviceFailedError as error:
            raise runs[0].device_failed(error, job.path) from error


@contextmanager
def telling(run: Run) -> Iterator[None]:
    """Inside, the run's callbacks are told of its epochs."""
    trainer, own = run.trainer, run.trainer.callbacks
    trainer.callbacks = (*own, *run.callbacks)
    started = 0
    try:
        for callback in run.callbacks:
            started += 1
            callback.on_start(trainer)
        yield
    finally:
        trainer.callbacks = own
        for callback in run.callbacks[:started]:
            callback.on_end(trainer)


def score_finished(job: Job, lockstep: Lockstep, runs: Sequence[Run]) -> dict[int, Score]:
    """What members that have finished make of the test images, of those asked at once."""
    finished = [number for number, run in enumerate(runs) if run.trainer.finished]
    with ExitStack() as kept:
        for number in finished:
            kept.enter_context(keeping_best(runs[number].trainer))
        return lockstep.score(finished, job.dataset.test)
