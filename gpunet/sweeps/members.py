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
from gpunet.engines.choose import choose_engine
from gpunet.evaluation.evaluate import check_fit
from gpunet.runs.config import RunConfig
from gpunet.runs.folder import NETWORKS, RUN, RunFolder
from gpunet.runs.run import Run
from gpunet.serialization.model import describe
from gpunet.sweeps.grid import expand
from gpunet.training.config import TrainingConfig
from gpunet.training.make_optimizer import make_optimizer
from gpunet.training.memory import bytes_of_training, check_memory
from gpunet.training.training_data import training_split

# A line of population.jsonl.
Entry = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One network of a population.

    Attributes:
        number: counted from 0; those of one setting follow each other, by seed.
        folder: its run folder, within the population's.
        setting, seed: what it is.
        description: its network, as `describe` gives it.
        macs: of the largest product in its training step.
        engine: the one that will train it.
        needed: bytes on the device that its training takes beside the data.
    """

    number: int
    folder: str
    setting: RunConfig
    seed: int
    description: dict[str, Any]
    macs: int
    engine: str
    needed: int

    def entry(self, result: Mapping[str, Any] | None, diverged: str | None = None) -> Entry:
        """Its line of population.jsonl, from its result or from why it has none."""
        return {
            "number": self.number,
            "folder": self.folder,
            "setting": self.setting.to_json(),
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
        device: or its name, where it is to be opened anew.
        engine: as `choose_engine` takes it.
    """

    path: Path
    dataset: Dataset
    dtype: str
    device: Device | str
    engine: str = "auto"


@dataclass
class Reports:
    """Where those who run members tell what happens, and learn that they are to stop.

    Attributes:
        on_entry: told of each member that has come to its end.
        on_progress: told how many networks are done, parts of them included.
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
        InputError: there are too many, or a point of the grid makes no sense.
    """
    settings = expand(grid)
    count = len(settings) * networks
    if not 1 <= count <= MOST_NETWORKS:
        raise InputError(
            f"--networks {networks}: with {len(settings):,} settings that makes {count:,} "
            f"networks; at most {MOST_NETWORKS:,} are trained at once"
        )
    width = max(3, len(str(count - 1)))
    members: list[Member] = []
    for setting in settings:
        # One network of each kind is made, so that what cannot be is refused in time.
        network = setting.network(job.dataset, seed=seed, dtype=job.dtype, device=job.device)
        for split in job.dataset.splits.values():
            check_fit(network, split, job.dataset.name)
        asked = setting.training
        samples = len(training_split(job.dataset, asked))
        batch = min(asked.batch_size, samples)
        check_memory(network, job.dataset, batch, asked)
        optimizer = make_optimizer(network, asked, samples)
        engine, _ = choose_engine(job.engine, network, optimizer, batch)
        needed = sum(bytes_of_training(network, batch, asked, job.dataset).values())
        for k in range(networks):
            number = len(members)
            description = {**describe(network), "seed": seed + k}
            folder = f"{NETWORKS}/{number:0{width}d}"
            work = network.macs * batch
            members.append(
                Member(number, folder, setting, seed + k, description, work, engine, needed)
            )
    return members


def find_run(job: Job, member: Member) -> RunFolder | None:
    """What there is of a member's run: None if it has not begun.

    Raises:
        InputError: its folder is damaged, or holds something else.
    """
    path = job.path / member.folder
    if not (path / RUN).exists():
        return None
    folder = RunFolder.open(path)
    found, settings = folder.description, member.setting.training.to_json()
    try:  # a run begun before an option came to be has its default
        options = TrainingConfig.from_json(found["options"]).to_json()
    except InputError:
        options = {}
    if (options, found["network"]) != (settings, member.description):
        differing = [name for name in settings if options.get(name) != settings[name]]
        raise InputError(
            f"{path}: is not network {member.number} of {job.path}; it differs in "
            f"{', '.join(differing) or 'its network'}"
        )
    return folder


def find_entry(job: Job, member: Member) -> Entry | None:
    """The line of a member that has finished; None if it has not."""
    folder = find_run(job, member)
    if folder is None or not folder.complete:
        return None
    return member.entry(folder.description.get("result"))


def open_run(job: Job, member: Member) -> Run:
    """A member's run, new or gone on with: exactly that of a single network."""
    if folder := find_run(job, member):
        return Run.resume(folder, job.dataset, job.device, None, job.engine)
    setting = member.setting
    network = setting.network(job.dataset, seed=member.seed, dtype=job.dtype, device=job.device)
    place = job.path / member.folder
    return Run.start(network, job.dataset, setting.training, place, False, job.engine)


def train_member(session: Run, member: Member, keep_going: Callable[[float], bool]) -> Entry | None:
    """Train a member to its end.

    Args:
        session: its run.
        member: the member.
        keep_going: told every few steps what fraction is done; False stops it, resumably.

    Returns:
        Its line, be it of a network that diverged; None if it was stopped.
    """
    trainer = session.trainer
    steps = trainer.settings.epochs * trainer.steps_per_epoch

    def on_steps(done: int) -> None:
        if not keep_going(done / steps) and session.stopped_by is None:
            session.stopped_by = SIGTERM

    try:
        finished = session.train(lambda record: None, on_steps)
    except DivergedError as error:
        return member.entry(None, diverged=str(error))
    return member.entry(session.folder.description["result"]) if finished else None
