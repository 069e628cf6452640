"""A member of a population: one network, one ordinary run folder, one line of population.jsonl."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import DivergedError, InputError
from gpunet.core.rules import MOST_NETWORKS
from gpunet.datasets.dataset import Dataset
from gpunet.engines.fused import Fused
from gpunet.interop.tensorboard import TensorBoard
from gpunet.runs.config import RunConfig
from gpunet.runs.description import NETWORKS, RUN
from gpunet.runs.folder import RunFolder
from gpunet.runs.run import Run
from gpunet.serialization.model import describe
from gpunet.sweeps.grid import expand
from gpunet.training.callbacks import Callback, Training
from gpunet.training.plan import make_plan
from gpunet.training.training_data import watched_split

# A line of population.jsonl.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One network of a population.

    Attributes:
        number: counted from 0; those of one setting follow each other, by seed.
        folder: its run folder, within the population's.
        config, seed: what defines it.
        description: its network, as `describe` gives it.
        macs: of the largest product in its training step.
        engine: the one that will train it.
        needed: bytes on the device that its training takes besides the data.
        at_once: how many of its kind a launch trains at the same time; 0 where none does.
    """

    number: int
    folder: str
    config: RunConfig
    seed: int
    description: dict[str, Any]
    macs: int
    engine: str
    needed: int
    at_once: int = 0

    def entry(self, result: Mapping[str, Any] | None, diverged: str | None = None) -> Entry:
        """Its line of population.jsonl, from its result, or from why it diverged."""
        return {
            "number": self.number,
            "folder": self.folder,
            "setting": self.config.to_json(),
            "seed": self.seed,
            **{key: (result or {}).get(key) for key in ("accuracy", "correct", "total", "cost")},
            "diverged": diverged,
        }


@dataclass(frozen=True)
class Job:
    """What is needed to train any member.

    Attributes:
        path: the population's folder.
        dataset: the data, held once for all of them.
        dtype: of every network.
        device: or its name, if each process opens its own.
        engine: as `choose_engine` takes it.
        threads: of a CPU that is named, if they were chosen.
        board: where TensorBoard's files of each network get a folder, if they are wanted.
    """

    path: Path
    dataset: Dataset
    dtype: str
    device: Device | str
    engine: str = "auto"
    threads: int | None = None
    board: Path | None = None


@dataclass
class Reports:
    """How executors report progress, and are asked to stop.

    Attributes:
        on_entry: called for each member that has finished.
        on_progress: called with the number of networks done, fractions included.
        stopped_by: the signal to stop, or None.
    """

    on_entry: Callable[[Entry], None]
    on_progress: Callable[[float], None]
    stopped_by: Signals | None = None


def make_members(
    job: Job, grid: Mapping[str, Sequence[Any]], networks: int, seed: int
) -> list[Member]:
    """All members of a population: `networks` for each point of the grid, seeds counted up.

    Raises:
        InputError: there are too many, or a point of the grid is invalid.
    """
    configs = expand(grid)
    count = len(configs) * networks
    if not 1 <= count <= MOST_NETWORKS:
        raise InputError(
            f"--networks {networks}: with {len(configs):,} settings that makes {count:,} "
            f"networks; at most {MOST_NETWORKS:,} are trained at once"
        )
    width = max(3, len(str(count - 1)))
    members: list[Member] = []
    for config in configs:
        # One network of each setting is made, so that invalid ones are refused before training.
        network = config.network(job.dataset, seed=seed, dtype=job.dtype, device=job.device)
        watched = watched_split(job.dataset, config.training)
        plan = make_plan(network, job.dataset, config.training, watched, job.engine)
        work, needed = network.macs * plan.batch_size, sum(plan.needed.values())
        fused = plan.engine == Fused.name
        at_once = Fused.at_once(network, plan.optimizer, plan.batch_size) if fused else 0
        for k in range(networks):
            number = len(members)
            description = {**describe(network), "seed": seed + k}
            folder = f"{NETWORKS}/{number:0{width}d}"
            kind = (description, work, plan.engine, needed, at_once)
            members.append(Member(number, folder, config, seed + k, *kind))
    return members


def find_run(job: Job, member: Member, take: Callable[[Path], RunFolder]) -> RunFolder | None:
    """A member's run folder, opened or claimed; None if it has not begun.

    Raises:
        InputError: its folder is damaged, or holds something else.
    """
    path = job.path / member.folder
    if not (path / RUN).exists():
        return None
    folder = take(path)
    with folder.release_on_error():
        folder.check_run()
        asked, options = member.config.training.to_json(), folder.config.to_json()
        found, digest = folder.description["network"], folder.description["data"]["digest"]
        needed = (asked, member.description, job.dataset.digest)
        if (options, found, digest) != needed:
            differing = [name for name in asked if options[name] != asked[name]]
            raise InputError(
                f"{path}: is not network {member.number} of {job.path}; it differs in "
                f"{', '.join(differing) or 'its network or its data'}"
            )
    return folder


def find_entry(job: Job, member: Member) -> Entry | None:
    """The line of a member that has finished; None if it has not."""
    folder = find_run(job, member, RunFolder.open)
    if folder is None or not folder.complete:
        return None
    return member.entry(folder.description.get("result"), folder.description.get("diverged"))


def open_run(job: Job, member: Member) -> Run:
    """A member's run, new or resumed: exactly that of a single network."""
    place = job.path / member.folder
    boards = (TensorBoard(job.board / place.name),) if job.board else ()
    if folder := find_run(job, member, RunFolder.claim):
        run = Run.resume(folder, job.dataset, job.device, None, job.engine)
    else:
        config = member.config
        network = config.network(job.dataset, seed=member.seed, dtype=job.dtype, device=job.device)
        run = Run.start(network, job.dataset, config.training, place, False, job.engine)
    run.callbacks = boards
    return run


class Reporting(Callback):
    """Says every few steps how much is done, and stops a run if it is told not to go on."""

    def __init__(self, run: Run, keep_going: Callable[[float], bool]) -> None:
        self.run, self.keep_going = run, keep_going

    def on_steps(self, trainer: Training) -> None:
        steps = trainer.config.epochs * trainer.steps_per_epoch
        if not self.keep_going(trainer.steps_done / steps) and self.run.stopped_by is None:
            self.run.stopped_by = SIGTERM


def train_member(run: Run, member: Member, keep_going: Callable[[float], bool]) -> Entry | None:
    """Train a member to the end.

    Args:
        run: its run.
        member: the member.
        keep_going: called every few steps with the fraction done; False stops it, resumably.

    Returns:
        Its line, also if it diverged; None if it was stopped.
    """
    try:
        finished = run.train(Reporting(run, keep_going))
    except DivergedError as error:
        return member.entry(None, diverged=str(error))
    return member.entry(run.folder.description["result"]) if finished else None
