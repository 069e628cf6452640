"""A run folder: all that a training run writes, and all that is needed to resume it.

run.json is written first, and records everything that defines the run; checkpoint.safetensors holds
the whole state of the run, and the other files are written from the same state just after it.
Nothing but run.json holds times: a run that was interrupted ends with the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import GpunetError, InputError
from gpunet.core.files import remove_parts, write_atomically
from gpunet.core.words import typed
from gpunet.datasets.load import NAMED
from gpunet.nn.network import Network
from gpunet.runs.checkpoint import Checkpoint, read_checkpoint, state_in_words, write_checkpoint
from gpunet.runs.description import (
    CHECKPOINT,
    HISTORY,
    MODEL,
    NETWORKS,
    RUN,
    check_folder,
    identified,
    is_population,
    read_description,
    settings_of,
    write_description,
)
from gpunet.runs.lock import Lock, LockHolder
from gpunet.runs.new_folder import FILES, claim_new, clear
from gpunet.serialization.model import load_described, save
from gpunet.training.best import keeping_best
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer

# What run.json records when a run stops; removed when it is started again.
OUTCOME = ("result", "diverged", "state")


class RunFolder(LockHolder):
    """One run's files, or a population's.

    Args:
        path: the folder.
        description: the contents of run.json, but for its seal.
        own: whether this user wrote it, on this machine: only then are the results and the paths in
            it trusted.
        lock: what keeps other processes from training in it; None for one that is only read.
    """

    def __init__(
        self, path: Path, description: dict[str, Any], own: bool = True, lock: Lock | None = None
    ) -> None:
        super().__init__(lock)
        self.path = path
        self.description = description
        self.own = own
        # The state written last, which run.json records once the run has stopped.
        self.state: dict[str, Any] | None = None

    @property
    def identity(self) -> str:
        """Distinguishes this run's files from another's: see `identify`."""
        return str(self.description["identity"])

    @property
    def is_population(self) -> bool:
        """Whether it is the folder of many networks."""
        return is_population(self.description)

    @property
    def config(self) -> TrainingConfig:
        """How the run is trained."""
        return settings_of(self.description)

    @property
    def complete(self) -> bool:
        """Whether the run has finished and all its files exist, according to its run.json.

        A run.json written by another user, or an earlier version, is not trusted here: its run is
        finished, and evaluated, again.
        """
        files_there = all((self.path / name).exists() for name in (HISTORY, MODEL, CHECKPOINT))
        ended = self.description["status"] in ("finished", "diverged")
        return self.own and ended and files_there

    @property
    def data_source(self) -> str:
        """Where its data are loaded from by default: an argument of `load_dataset`.

        Raises:
            InputError: it is a path that somebody else wrote.
        """
        name, source = self.description["data"]["name"], self.description.get("source")
        if self.own and source:
            return str(source)
        if name in NAMED:
            return str(name)
        raise InputError(
            f"{self.path}: was not written by you on this machine, so its data {name!r} are not "
            "loaded from there; name them with --data"
        )

    @classmethod
    def create(cls, path: Path | None, overwrite: bool, description: dict[str, Any]) -> "RunFolder":
        """Make the folder, locked by this process, and write run.json.

        Args:
            path: the folder; None takes the first free one of runs/1, runs/2, …
            overwrite: whether an earlier run in that folder may be replaced.
            description: becomes run.json, with its format and identity.

        Raises:
            InputError: the folder is taken, or cannot be made.
        """
        description = identified(description)
        try:
            path, lock = claim_new(path, overwrite)
            folder = cls(path, description, lock=lock)
            with folder.release_on_error():
                try:  # over an earlier run's, which is whole until then
                    write_description(path, description)
                except OSError:
                    with suppress(OSError):
                        path.rmdir()  # which fails, as it should, unless it is new
                    raise
                clear(path)
        except OSError as error:
            raise InputError(
                f"--out {path or 'runs'}: cannot be written: {error.strerror or error}; "
                "name another folder with --out"
            ) from None
        return folder

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """The run in an existing folder, to be read.

        Raises:
            InputError: there is none, or run.json is damaged or from a newer version.
        """
        folder = cls(path, *read_description(path))
        folder.check_run()
        return folder

    @classmethod
    def claim(cls, path: Path) -> "RunFolder":
        """The run or population in an existing folder, locked by this process, to be resumed.

        Raises:
            InputError: as `open`, or another process has locked it.
        """
        check_folder(path)
        try:
            lock = Lock(path)
            folder = cls(path, {}, lock=lock)
            with folder.release_on_error():
                folder.description, folder.own = read_description(path)
                remove_parts(path, FILES)
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
        return folder

    def check_run(self) -> None:
        """Raise InputError if it is a population, where one run is needed."""
        if self.is_population:
            one = self.path / NETWORKS / "000"
            raise InputError(f"{self.path}: holds many networks; name one of them, such as {one}")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Inside, a failure to write becomes a GpunetError that says where and what to do."""
        try:
            yield
        except OSError as error:
            raise GpunetError(
                f"{self.path}: cannot be written: {error.strerror or error}; what was written "
                f"before is intact: resume with: gpunet train --resume {typed(self.path)}"
            ) from None

    def note(self, status: str, seconds: float = 0.0, **outcome: Any) -> None:
        """Record the status in run.json; seconds of training add up over interruptions.

        Args:
            status: running, interrupted, diverged or finished.
            seconds: of training, since the last time.
            outcome: the `result` of a run that has finished, or why it `diverged`.
        """
        if status != "running" and self.state:
            outcome["state"] = self.state
        kept = {key: value for key, value in self.description.items() if key not in OUTCOME}
        total = round(self.description["seconds"] + seconds, 3)
        self.description = {**kept, "status": status, "seconds": total, **outcome}
        with self.writing():
            write_description(self.path, self.description)

    def write_state(self, trainer: Trainer) -> None:
        """Write checkpoint, history and model as the trainer has them now."""
        self.state = write_checkpoint(self.path / CHECKPOINT, trainer, self.identity)
        write_atomically(self.path / HISTORY, trainer.history.to_jsonl())
        with keeping_best(trainer):
            save(trainer.network, self.path / MODEL, identity=self.identity, state=self.state)

    def read_checkpoint(self) -> Checkpoint | None:
        """The state to resume from; None for a run that was killed before writing one.

        Raises:
            InputError: it is damaged, missing after one was written, or as `check_belongs`.
        """
        path = self.path / CHECKPOINT
        if not path.exists():
            # Models and histories are written after a checkpoint, never before the first.
            if (self.path / MODEL).exists() or (self.path / HISTORY).exists():
                raise InputError(f"{path}: is missing; without it the run cannot be resumed")
            return None
        checkpoint = read_checkpoint(path, self.description["network"], self.config)
        self.check_belongs(path, checkpoint.identity, checkpoint.state)
        return checkpoint

    def load_network(self, device: str | Device | None) -> Network:
        """The network in model.safetensors, on a device; `state` is then the one it was saved in.

        Raises:
            InputError: it is missing or damaged, or as `check_belongs`.
        """
        path = self.path / MODEL
        if not path.exists():
            raise InputError(
                f"{self.path}: has no {MODEL} yet: the run was stopped before it wrote one; "
                f"resume with: gpunet train --resume {typed(self.path)}"
            )
        network, about = load_described(path, device)
        self.state = about.get("state")
        self.check_belongs(path, about.get("identity"), self.state)
        return network

    def check_belongs(self, path: Path, identity: str | None, state: dict[str, Any] | None) -> None:
        """Raise InputError if a file is another run's, or not of the state this one stopped in."""
        if identity != self.identity:
            raise InputError(f"{path}: belongs to another run than {self.path / RUN}")
        stopped_in = self.description.get("state", state)
        if state != stopped_in:
            raise InputError(
                f"{path}: holds the state after {state_in_words(state)}, but {self.path / RUN} "
                f"records another, after {state_in_words(stopped_in)}: one of the two is "
                "another run's"
            )
