"""Members of a population over worker processes on the CPU."""

import multiprocessing
import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

from gpunet.core.errors import GpunetError
from gpunet.sweeps.members import Entry, Job, Member, Reports, open_run, train_member

# How often, in seconds, the workers are looked at for their progress, and look for their parent.
BETWEEN_LOOKS = 0.2
STOP = 0  # the place of the sign to stop; a worker's progress has its number + 1


class Worker:
    """A process that runs members, one at a time, as it is given them."""

    def __init__(self, context: Any, job: Job, shared: Any, place: int) -> None:
        self.connection, other = context.Pipe()
        self.member: Member | None = None
        self.process = context.Process(
            target=work, args=(job, other, shared, place, os.getpid()), daemon=True
        )
        self.process.start()
        other.close()  # so that a worker's end can be noticed

    def give(self, member: Member) -> None:
        """Hand it the next member."""
        self.member = member
        with suppress(OSError):  # its end is noticed when it is listened to
            self.connection.send(member)

    def take(self, job: Job) -> tuple[Entry | None, GpunetError | None]:
        """What became of the member it was given: its line if it came to its end; what failed."""
        member, self.member = self.member, None
        assert member is not None
        try:
            entry, failure = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            how = f"exit status {self.process.exitcode}"
            with suppress(ValueError):
                how = f"killed by {signal.Signals(-self.process.exitcode).name}"
            return None, GpunetError(
                f"{job.path / member.folder}: the process that trained it ended ({how}); "
                f"go on with: gpunet train --resume {job.path}"
            )
        return entry, failure

    def end(self) -> None:
        """End it, if it has not ended by itself."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def run_in_processes(job: Job, members: Sequence[Member], reports: Reports, processes: int) -> None:
    """Run members over so many processes, which all read one and the same data set."""
    # A forked process shares the data; elsewhere than on Linux forking is not safe, and they are
    # sent to each process once.
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    shared = context.RawArray("d", processes + 1)  # without a lock that a killed worker could hold
    waiting, workers, done = deque(members), [], 0
    failure: GpunetError | None = None
    job = replace(job, device="cpu")
    try:
        with starting():
            for place in range(1, processes + 1):
                workers.append(Worker(context, job, shared, place))
        while True:
            if failure or reports.stopped_by is not None:
                shared[STOP] = 1
                waiting.clear()
            for worker in workers:
                if waiting and worker.member is None:
                    worker.give(waiting.popleft())
            busy = [worker for worker in workers if worker.member is not None]
            if not busy:
                break
            ready = wait([worker.connection for worker in busy], BETWEEN_LOOKS)
            for worker in busy:
                if worker.connection in ready:
                    entry, failed = worker.take(job)
                    failure = failure or failed
                    shared[workers.index(worker) + 1] = 0.0
                    if entry:
                        done += 1
                        reports.on_entry(entry)
            reports.on_progress(done + sum(shared[1:]))
    finally:
        for worker in workers:
            worker.end()
    if failure:
        raise failure


@contextmanager
def starting() -> Iterator[None]:
    """Inside, processes start deaf to Ctrl-C and SIGTERM: their parent tells them to stop."""
    with warnings.catch_warnings():
        # Python warns of threads that a fork leaves behind; BLAS, whose they are, sees to them.
        warnings.simplefilter("ignore", DeprecationWarning)
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def work(job: Job, connection: Connection, shared: Any, place: int, parent: int) -> None:
    """What a worker does: run the members it is given until it is ended.

    It ends by itself, at the next step and writing nothing, if its parent is no more: somebody may
    have begun to go on with the population.
    """

    def look_for_parent() -> None:
        if os.getppid() != parent:
            os._exit(1)

    def keep_going(fraction: float) -> bool:
        look_for_parent()
        shared[place] = fraction
        return not shared[STOP]

    while True:
        while not connection.poll(BETWEEN_LOOKS):
            look_for_parent()
        member = connection.recv()
        entry, failure = None, None
        try:
            entry = train_member(open_run(job, member), member, keep_going)
        except GpunetError as error:
            failure = error
        except Exception as error:  # of any kind: the parent must hear of it
            what = str(error) or type(error).__name__
            failure = GpunetError(f"{job.path / member.folder}: {what}")
        connection.send((entry, failure))
