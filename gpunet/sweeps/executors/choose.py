"""Which executor runs which members of a population: a GPU's, worker processes, or none."""

from collections.abc import Sequence

from gpunet.backend.cpu import cores, on_one_thread
from gpunet.backend.device import Device
from gpunet.engines.compiled import Compiled
from gpunet.engines.fused import Fused
from gpunet.sweeps.executors.gpu import run_over_streams, run_sharing_launches
from gpunet.sweeps.executors.processes import run_in_processes
from gpunet.sweeps.members import Job, Member, Reports, open_run, train_member


def run_members(job: Job, members: Sequence[Member], reports: Reports) -> None:
    """Run members, each to the same bytes as a single run, with the fastest executor for each.

    On a GPU all run at once: in shared launches where they use the fused engine and all see the
    same images, else over streams. On the CPU those whose step runs on one thread run in parallel,
    one process per core; those wide enough for several threads follow one after another, since
    each uses all cores, and BLAS rounds differently with another number of threads.

    Raises:
        GpunetError: a member could not be run; those before it are whole.
    """
    fused = [member for member in members if shares_launches(member)]
    run_sharing_launches(job, fused, reports)
    others, done = [member for member in members if not shares_launches(member)], len(fused)
    if isinstance(job.device, Device) and job.device.supports_streams:
        run_over_streams(job, others, reports, done)
        return
    narrow: list[Member] = []
    if getattr(job.device, "name", job.device) == "cpu":
        threads = job.device.threads if isinstance(job.device, Device) else None
        narrow = [
            member
            for member in others
            if member.engine == Compiled.name or on_one_thread(member.macs, threads)
        ]
    processes = min(cores(), len(narrow))
    if processes < 2:
        narrow = []
    else:
        run_in_processes(job, narrow, reports, processes)
    apart = {member.number for member in narrow}
    done += len(narrow)
    run_in_turn(job, [m for m in others if m.number not in apart], reports, done)


def shares_launches(member: Member) -> bool:
    """Whether a member may share its launches with others: it has no deformed images of its own."""
    return member.engine == Fused.name and not member.config.training.deformation.active


def run_in_turn(job: Job, members: Sequence[Member], reports: Reports, done: int = 0) -> None:
    """Run members one after another, after `done` others."""

    def keep_going(fraction: float) -> bool:
        reports.on_progress(done + fraction)
        return True

    for member in members:
        if reports.stopped_by is not None:
            return
        run = open_run(job, member)
        entry = train_member(run, member, keep_going)
        reports.stopped_by = reports.stopped_by or run.stopped_by
        if entry:
            done += 1
            reports.on_entry(entry)
            reports.on_progress(done)
