"""A run folder: all that a training run leaves behind, and all that is needed to go on with it.

run.json is written first, and says everything the run was asked for; checkpoint.safetensors holds
the whole state of the run, and the other files are written from the same state just after it.
Nothing but run.json holds times, so a run that was interrupted ends with the same bytes.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import GpunetError, InputError
from gpunet.core.files import write_atomically
from gpunet.nn.network import Network
from gpunet.runs.lock import locked
from gpunet.serialization.model import describe, load_described, save
from gpunet.serialization.tensors import FORMAT, read_tensors, write_tensors
from gpunet.training.history import History
from gpunet.training.state import Position, Snapshot
from gpunet.training.trainer import Trainer

RUN, HISTORY = "run.json", "history.jsonl"
MODEL, CHECKPOINT = "model.safetensors", "checkpoint.safetensors"
# Many networks trained at once: a run.json of its own kind, a line for each, and their run folders.
POPULATION, LINES, NETWORKS = "population", "population.jsonl", "networks"


class RunFolder:
    """One run's files.

    Attributes:
        path: the folder.
        description: the contents of run.json.
    """

    def __init__(self, path: Path, description: dict[str, Any]) -> None:
        self.path = path
        self.description = description

    @property
    def identity(self) -> str:
        """Tells this run's files from another's: see `identify`."""
        return str(self.description["identity"])

    @property
    def complete(self) -> bool:
        """Whether the run has come to its end and left all its files."""
        files_there = all((self.path / name).exists() for name in (HISTORY, MODEL, CHECKPOINT))
        return self.description.get("status") == "finished" and files_there

    @classmethod
    def create(cls, path: Path | None, overwrite: bool, description: dict[str, Any]) -> "RunFolder":
        """Make the folder and write run.json.

        Args:
            path: the folder; None takes the first free one of runs/1, runs/2, …
            overwrite: whether an earlier run in that folder may be replaced.
            description: becomes run.json.

        Raises:
            InputError: the folder is taken, or cannot be made.
        """
        try:
            if path is None:
                path = make_numbered(Path("runs"))
            else:
                make_room(path, overwrite)
            folder = cls(path, {"format": FORMAT, **description})
            try:
                folder.write_description()  # over an earlier run's, which is whole until then
            except OSError:
                with suppress(OSError):
                    path.rmdir()  # which fails, as it should, unless it is new
                raise
            clear(path, keep=RUN)
        except OSError as error:
            raise InputError(
                f"--out {path or 'runs'}: cannot be written: {error.strerror or error}; "
                "name another folder with --out"
            ) from None
        return folder

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """The run in an existing folder.

        Raises:
            InputError: there is none, or run.json is damaged or from a newer version.
        """
        description = read_description(path)
        if is_population(description):
            raise InputError(
                f"{path}: holds many networks; name one of them, such as {path / NETWORKS / '000'}"
            )
        check_description(description, path / RUN)
        return cls(path, description)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Inside, a failure to write becomes a GpunetError that says where and what to do."""
        try:
            yield
        except OSError as error:
            raise GpunetError(
                f"{self.path}: cannot be written: {error.strerror or error}; what was written "
                f"before is whole: go on from it with: gpunet train --resume {self.path}"
            ) from None

    def write_description(self) -> None:
        """Write run.json."""
        text = json.dumps(self.description, indent=2, ensure_ascii=False) + "\n"
        write_atomically(self.path / RUN, text.encode())

    def note(self, status: str, seconds: float = 0.0) -> None:
        """Say in run.json how it stands; seconds of training add up over its parts."""
        self.description["status"] = status
        self.description["seconds"] = round(self.description.get("seconds", 0.0) + seconds, 3)
        with self.writing():
            self.write_description()

    def write_state(self, trainer: Trainer) -> None:
        """Write checkpoint, history and model as the trainer has them now."""
        network = trainer.network
        host = network.device.host
        tensors = {"parameters": host(network.parameters.array)}
        for name, array in trainer.optimizer.state.items():
            tensors[f"optimizer.{name}"] = host(array)
        if trainer.best is not None:
            tensors["best"] = host(trainer.best)
        about = {
            "identity": self.identity,
            "network": describe(network),
            "epoch": trainer.position.epoch,
            "step": trainer.position.step,
            "history": trainer.history.to_rows(),
        }
        write_tensors(self.path / CHECKPOINT, tensors, about)
        write_atomically(self.path / HISTORY, trainer.history.to_jsonl())
        with trainer.keeping_best():
            save(network, self.path / MODEL, identity=self.identity)

    def restore(self, trainer: Trainer) -> None:
        """Bring a trainer made from run.json to where the checkpoint is.

        Without a checkpoint, the run having been killed before its first, it stays at the start.

        Raises:
            InputError: the checkpoint is damaged, or another run's.
        """
        path = self.path / CHECKPOINT
        if not path.exists():
            # Models and histories are written after a checkpoint, never before the first.
            if (self.path / MODEL).exists() or (self.path / HISTORY).exists():
                raise InputError(f"{path}: is missing; without it the run cannot go on")
            return
        tensors, about = read_tensors(path)
        self.check_identity(about, path)
        parameters, states = trainer.network.parameters.array, trainer.optimizer.state
        needed = {"parameters": parameters.shape}
        needed |= {f"optimizer.{name}": array.shape for name, array in states.items()}
        if trainer.settings.keep_best and about.get("epoch"):
            needed["best"] = parameters.shape
        if {name: array.shape for name, array in tensors.items()} != needed:
            raise InputError(f"{path}: its tensors are not those of this run")
        epoch, step, rows = about.get("epoch"), about.get("step"), about.get("history")
        if not (
            isinstance(epoch, int)
            and isinstance(step, int)
            and isinstance(rows, list)
            and epoch == len(rows)
            and 0 <= step < trainer.steps_per_epoch
        ):
            raise InputError(f"{path}: damaged: it does not say how far the run had come")
        state = {name: tensors[f"optimizer.{name}"] for name in trainer.optimizer.state}
        trainer.restore(Snapshot(Position(epoch, step), tensors["parameters"], state))
        trainer.history = History.from_rows(rows, str(path))
        if (best := tensors.get("best")) is not None:
            trainer.best = trainer.network.device.put(best)

    def load_network(self, device: str | Device | None) -> Network:
        """The network in model.safetensors, on a device.

        Raises:
            InputError: it is missing, damaged, or another run's.
        """
        path = self.path / MODEL
        if not path.exists():
            raise InputError(
                f"{self.path}: has no {MODEL} yet: the run was stopped before it wrote one; "
                f"go on with: gpunet train --resume {self.path}"
            )
        network, about = load_described(path, device)
        self.check_identity(about, path)
        return network

    def check_identity(self, about: dict[str, Any], path: Path) -> None:
        """Raise InputError if a file belongs to another run."""
        if about.get("identity") != self.identity:
            raise InputError(f"{path}: belongs to another run than {self.path / RUN}")


def read_description(path: Path) -> Any:
    """What run.json in a folder says; None if that is no JSON.

    Raises:
        InputError: there is no folder, or no run.json in it.
    """
    if not path.is_dir():
        what = "is a file, not a run folder" if path.exists() else "no such run folder"
        raise InputError(f"{path}: {what}; `gpunet train` makes one")
    try:
        return json.loads((path / RUN).read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path}: not a run folder: it has no {RUN}") from None
    except OSError as error:
        raise InputError(f"{path / RUN}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        return None


def is_population(description: Any) -> bool:
    """Whether a run.json is that of many networks."""
    return isinstance(description, dict) and description.get("kind") == POPULATION


def check_description(description: Any, path: Path) -> None:
    """Raise InputError unless this is the content of a run.json that this version can read."""
    if not isinstance(description, dict) or not isinstance(description.get("format"), int):
        raise InputError(f"{path}: damaged: not the description of a run")
    if description["format"] > FORMAT:
        raise InputError(f"{path}: written by a newer gpunet; update gpunet")
    needed = {"identity": str, "options": dict, "network": dict, "data": dict, "seed": int}
    for key, kind in needed.items():
        if not isinstance(description.get(key), kind):
            raise InputError(f"{path}: damaged: {key!r} is missing")
    if not isinstance(description.get("seconds"), int | float):
        raise InputError(f"{path}: damaged: 'seconds' is missing")
    if description["identity"] != identify(description):
        raise InputError(f"{path}: damaged or edited: its contents do not match their checksum")


def identify(description: dict[str, Any]) -> str:
    """A digest of what a run was asked for, save the epochs: it may be given more of them."""
    asked = {key: description[key] for key in ("options", "seed", "network", "data")}
    asked["options"] = {k: value for k, value in asked["options"].items() if k != "epochs"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def make_room(path: Path, overwrite: bool) -> None:
    """Make the folder, or clear an earlier run out of it if that is allowed."""
    if path.is_dir():
        for left in path.glob(".*.part"):  # by a run that was killed while it wrote
            left.unlink()
        if any(path.iterdir()) and not overwrite:
            raise InputError(f"--out {path}: exists; name another folder, or add --overwrite")
        if any(path.iterdir()) and not (path / RUN).exists():
            raise InputError(f"--out {path}: holds something other than a run; not overwritten")
        with locked(path):
            pass  # nobody is training it
    elif path.exists():
        raise InputError(f"--out {path}: is a file, not a folder")
    else:
        path.mkdir(parents=True)


def clear(path: Path, keep: str = "") -> None:
    """Remove the files of a run or a population, but the one to keep, and nothing else.

    Networks go before the run.json that tells what they are, so that one cut short can be repeated.
    """
    for network in path.glob(f"{NETWORKS}/[0-9]*"):
        clear(network)
        with suppress(OSError):  # it holds something else besides
            network.rmdir()
    with suppress(OSError):
        (path / NETWORKS).rmdir()
    for name in {LINES, RUN, CHECKPOINT, MODEL, HISTORY} - {keep}:
        (path / name).unlink(missing_ok=True)


def make_numbered(parent: Path) -> Path:
    """Make and return the first free folder of parent/1, parent/2, …"""
    parent.mkdir(parents=True, exist_ok=True)
    taken = [int(name) for name in os.listdir(parent) if name.isascii() and name.isdecimal()]
    number = max(taken, default=0)
    while True:
        number += 1
        try:
            (parent / str(number)).mkdir()
        except FileExistsError:  # another run was quicker
            continue
        return parent / str(number)
