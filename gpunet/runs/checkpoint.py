"""A checkpoint: the whole state of a run; resumed from it, a run ends with the same bytes."""

from collections.abc import Mapping
from dataclasses import asdict
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.serialization.model import architecture_of, describe, format_of
from gpunet.serialization.schema import CHECKPOINT_SCHEMA, check
from gpunet.serialization.tensors import read_tensors, write_tensors
from gpunet.training.config import TrainingConfig
from gpunet.training.history import History
from gpunet.training.schedules import parse_schedule
from gpunet.training.state import Position, Snapshot
from gpunet.training.trainer import Trainer


class Checkpoint(NamedTuple):
    """A state to resume from, as far as it can be checked without a trainer.

    Attributes:
        source: its file.
        state: what distinguishes it from every other state; see `write_checkpoint`.
    """

    source: Path
    tensors: dict[str, HostArray]
    identity: str
    position: Position
    history: History
    state: dict[str, Any]


def write_checkpoint(path: Path, trainer: Trainer, identity: str) -> dict[str, Any]:
    """Write the state of a trainer; returns what distinguishes it from every other state.

    Raises:
        OSError: the file cannot be written.
    """
    host = trainer.network.device.host
    tensors = {"parameters": host(trainer.network.parameters.array)}
    for name, array in trainer.optimizer.state.items():
        tensors[f"optimizer.{name}"] = host(array)
    if trainer.best is not None:
        tensors["best"] = host(trainer.best)
    if trainer.diagnostician:
        tensors["diagnosis.before"] = host(trainer.diagnostician.before)
    position = asdict(trainer.position)
    network = describe(trainer.network)
    about = {
        **format_of(network),
        "identity": identity,
        "network": network,
        **position,
        "history": trainer.history.to_rows(),
        **schedule_length(trainer.config),
    }
    return {**position, "sha256": write_tensors(path, tensors, about)}


def schedule_length(config: TrainingConfig) -> dict[str, int]:
    """The number of epochs, if the schedule depends on it: such a run cannot be extended."""
    return {"epochs": config.epochs} if parse_schedule(config.schedule).spans else {}


def read_checkpoint(path: Path, network: dict[str, Any], config: TrainingConfig) -> Checkpoint:
    """The state in a file.

    Its parameters are compared with the network before that is built.

    Args:
        path: the file.
        network: as the run's description has it.
        config: the run's.

    Raises:
        InputError: the file is damaged, or of a run with another network or of another length.
    """
    tensors, about, sha256 = read_tensors(path)
    try:
        check(about, CHECKPOINT_SCHEMA)
        epoch, epochs = about["epoch"], [row["epoch"] for row in about["history"]]
        if epochs != list(range(1, epoch + 1)):
            raise ValueError(f"its history is not that of {epoch} epochs")
    except ValueError as error:
        raise InputError(f"{path}: damaged: {error}") from None
    if about.get("epochs", config.epochs) != config.epochs:
        raise InputError(
            f"{path}: belongs to a run of {about['epochs']} epochs, over which its "
            f"{config.schedule} schedule is laid out, not {config.epochs}"
        )
    stages = architecture_of(network).stages
    parameters = sum(prod(shape) for stage in stages for shape in stage.parameters)
    if "parameters" not in tensors or tensors["parameters"].shape != (parameters,):
        raise InputError(f"{path}: its tensors are not those of this run")
    history = History.from_rows(about["history"])
    position = Position(epoch, about["step"])
    state = {**asdict(position), "sha256": sha256}
    return Checkpoint(path, tensors, about["identity"], position, history, state)


def restore(trainer: Trainer, checkpoint: Checkpoint) -> None:
    """Bring a trainer to the state of a checkpoint.

    Raises:
        InputError: the checkpoint's tensors, or its position, do not fit the trainer.
    """
    path, tensors, position = checkpoint.source, checkpoint.tensors, checkpoint.position
    parameters, states = trainer.network.parameters.array, trainer.optimizer.state
    needed = {"parameters": parameters}
    needed |= {f"optimizer.{name}": array for name, array in states.items()}
    if trainer.config.keep_best and position.epoch:
        needed["best"] = parameters
    if trainer.diagnostician:
        needed["diagnosis.before"] = parameters
    if kinds_of(tensors) != kinds_of(needed):
        raise InputError(f"{path}: its tensors are not those of this run")
    if position.step >= trainer.steps_per_epoch:
        raise InputError(f"{path}: damaged: step {position.step} is past the end of an epoch")
    state = {name: tensors[f"optimizer.{name}"] for name in states}
    trainer.restore(Snapshot(position, tensors["parameters"], state))
    trainer.history = checkpoint.history
    if trainer.diagnostician:
        trainer.diagnostician.begin(tensors["diagnosis.before"])
    if (best := tensors.get("best")) is not None:
        trainer.best = trainer.network.device.put(best)
    for callback in trainer.callbacks:
        callback.on_start(trainer)  # it may have ended already


def kinds_of(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The shape and the type of each array."""
    return {name: (tuple(array.shape), str(array.dtype)) for name, array in arrays.items()}


def state_in_words(state: dict[str, Any] | None) -> str:
    """ "3 epochs and 120 steps": how far a state has been trained; see `write_checkpoint`."""
    if state is None:
        return "an unknown number of epochs"
    epochs, steps = state["epoch"], state["step"]
    text = f"{epochs:,} epoch{'' if epochs == 1 else 's'}"
    return f"{text} and {steps:,} step{'' if steps == 1 else 's'}" if steps else text
