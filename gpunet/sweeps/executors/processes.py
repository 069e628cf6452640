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

from gpunet.backend.cpu import CpuDevice
from gpunet.backend.device import Device
from gpunet.core.errors import GpunetError
from gpunet.core.words import typed
from gpunet.sweeps.members import Entry, Job, Member, Reports, open_run, train_member

# How often, in seconds, progress is read from the workers, and they check that their parent lives.
POLL_INTERVAL = 0.2
STOP = 0  # index of the stop flag; a worker's progress is at its number + 1


class Worker:
    """A process that runs the members sent to it, one at a time."""

    def __init__(self, context: Any, job: Job, shared: Any, place: int) -> None:
        self.connection, other = context.Pipe()
        self.member: Member | None = None
        self.process = context.Process(
            target=work, args=(job, other, shared, place, os.getpid()), daemon=True
        )
        self.process.start()
        other.close()  # so that the end of the worker can be detected

    def give(self, member: Member) -> None:
        """Send it the next member."""
        self.member = member
        with suppress(OSError):  # its end is detected when its answer is read
            self.connection.send(member)

    def take(self, job: Job) -> tuple[Entry | None, GpunetError | None]:
        """The outcome of its member: its line, None if stopped or failed; and the error, if any."""
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
                f"resume with: gpunet train --resume {typed(job.path)}"
            )
        return entry, failure

    def end(self) -> None:
        """Kill it, if it has not ended by itself."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def run_in_processes(job: Job, members: Sequence[Member], reports: Reports, processes: int) -> None:
    """Run members over a number of processes, which all share one data set."""
    # A forked process shares the data; forking is safe only on Linux; elsewhere each process is
    # sent a copy once.
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    shared = context.RawArray("d", processes + 1)  # without a lock that a killed worker could hold
    waiting, workers, done = deque(members), [], 0
    failure: GpunetError | None = None
    threads = job.device.threads if isinstance(job.device, Device) else None
    job = replace(job, device="cpu", threads=threads)  # each process makes its own
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
            ready = wait([worker.connection for worker in busy], POLL_INTERVAL)
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
    """Inside, processes start with Ctrl-C and SIGTERM blocked: their parent stops them."""
    with warnings.catch_warnings():
        # Python warns that threads are lost in a fork; they belong to BLAS, which handles that.
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
    """The main loop of a worker: run the members it is sent until it is killed.

    It exits at the next step, writing nothing, if its parent is gone: another process may have
    begun to resume the population.
    """

    def exit_if_orphaned() -> None:
        if os.getppid() != parent:
            os._exit(1)

    def keep_going(fraction: float) -> bool:
        exit_if_orphaned()
        shared[place] = fraction
        return not shared[STOP]

    job = replace(job, device=CpuDevice(job.threads))
    while True:
        while not connection.poll(POLL_INTERVAL):
            exit_if_orphaned()
        member = connection.recv()
        entry, failure = None, None
        try:
            entry = train_member(open_run(job, member), member, keep_going)
        except GpunetError as error:
            failure = error
        except Exception as error:  # of any kind: the parent must report it
            what = str(error) or type(error).__name__
            failure = GpunetError(f"{job.path / member.folder}: {what}")
        connection.send((entry, failure))
