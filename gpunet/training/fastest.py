"""Where a network trains fastest: found by timing its first steps, and remembered.

Nothing that is trained is touched: what is timed are copies. A device that was asked for by name is
not questioned; nor is an engine.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gpunet.backend.cpu import ONE_THREAD_BELOW, CpuDevice, blas_threads, cores, on_one_thread
from gpunet.backend.device import Device
from gpunet.core.errors import GpunetError, first_line
from gpunet.core.version import __version__
from gpunet.datasets.augmentation.deformation import Deformation
from gpunet.datasets.samples import Data, Samples
from gpunet.engines.choose import ENGINES, why_not
from gpunet.engines.compiled import Compiled
from gpunet.engines.fused import Fused
from gpunet.nn.network import Network
from gpunet.nn.optimizers.constraints import is_limited
from gpunet.training.config import TrainingConfig
from gpunet.training.plan import TrainingPlan, make_plan
from gpunet.training.remembered import recall, remember
from gpunet.training.trainer import Trainer

# Each way is timed this long, in seconds, once what it needs is compiled.
TIMED = 0.15
# What the CPU does in so many seconds no GPU need be asked for: it would not have begun by then.
SHORT = 1.0
# From here, in multiply-adds of the largest product, to so far beyond the limit up to which the CPU
# works on one thread, it may be one or all of them.
EITHER = (ONE_THREAD_BELOW // 4, ONE_THREAD_BELOW * 4)


@dataclass(frozen=True)
class Way:
    """A device and an engine to train with."""

    device: Device
    engine: str

    @property
    def name(self) -> str:
        """In words: "cpu", "cpu on 1 thread", "cuda:0 with graph"."""
        if self.device.shared_limit or self.engine != "eager":
            return f"{self.device.name} with {self.engine}"
        threads = self.device.threads
        on = f" on {threads} thread{'s' * (threads > 1)}" if threads else ""
        return f"{self.device.name}{on}"


@dataclass(frozen=True)
class Choice:
    """The fastest of several ways.

    Attributes:
        way: it.
        seconds: for each way, by its name, what a step of one network takes.
        remembered: whether that was timed earlier.
        note: why others were not timed, or failed.
    """

    way: Way
    seconds: Mapping[str, float]
    remembered: bool = False
    note: str = ""

    def __str__(self) -> str:
        steps = sorted(self.seconds.items(), key=lambda item: item[1])
        said = "; ".join(f"{name} {1e6 * seconds:,.1f} µs a step" for name, seconds in steps)
        said += f"; {self.note}" * bool(self.note)
        how = "remembered; gpunet devices --forget times anew" if self.remembered else "timed"
        return f"{said} ({how})"

    def to_json(self) -> dict[str, Any]:
        """As run.json has it."""
        threads = self.way.device.threads
        return {"seconds_a_step": dict(self.seconds)} | ({"threads": threads} if threads else {})


def find_fastest(
    network: Network,
    dataset: Data,
    config: TrainingConfig,
    monitor: Samples | None,
    engine: str = "auto",
    networks: int = 1,
) -> Choice | None:
    """The fastest way to train a network for which a GPU was chosen automatically.

    Where there is none the size of the network decides, so that a run repeats exactly.

    Args:
        network: on the GPU that `auto` took; stays as it is.
        dataset, config, monitor, engine: as for a `Trainer`.
        networks: how many such networks will be trained, at once where that is possible.

    Returns:
        None where there is nothing to choose from: the device was asked for by name, or there is
        but one way.

    Raises:
        InputError: the training cannot be.
    """
    if not network.device.automatic:
        return None
    plan = make_plan(network, dataset, config, monitor, engine)
    ways = ways_for(network, plan, engine)
    if len(ways) < 2:
        return None
    what = kind_of(network, plan, config, networks)
    known = recall(what, {way.name for way in ways})
    if known:
        return Choice(quickest(ways, known), known, remembered=True)
    steps = networks * config.epochs * plan.steps_per_epoch
    seconds, failed = time_ways(ways, network, dataset, config, networks, steps)
    if not seconds:
        return None
    if not failed:
        remember(what, seconds)
    skipped = ["too little in all for a GPU"] if len(seconds) + len(failed) < len(ways) else []
    why = [f"{name} failed: {error}" for name, error in failed.items()]
    return Choice(quickest(ways, seconds), seconds, note="; ".join([*skipped, *why]))


def quickest(ways: Sequence[Way], seconds: Mapping[str, float]) -> Way:
    """The way whose steps take the least."""
    return min((way for way in ways if way.name in seconds), key=lambda way: seconds[way.name])


def ways_for(network: Network, plan: TrainingPlan, engine: str) -> list[Way]:
    """All that might be the fastest, the CPU's first."""
    ways, device = [], network.device
    if engine in ("auto", "eager") and device.precision == "float32":
        work, threads = network.macs * plan.batch_size, blas_threads()
        either = EITHER[0] <= work < EITHER[1] and threads > 1
        ways += [Way(CpuDevice(each), "eager") for each in ((1, threads) if either else (None,))]
        if engine == "auto" and compiled_pays(network, plan):
            ways.append(Way(CpuDevice(), Compiled.name))
    usable = [
        name
        for name, kind in ENGINES.items()
        if not why_not(kind, network, plan.optimizer, plan.batch_size, plan.plain)
    ]
    faster = [name for name in usable if name != "eager"] or usable
    return ways + [Way(device, name) for name in ([engine] if engine != "auto" else faster)]


def compiled_pays(network: Network, plan: TrainingPlan) -> bool:
    """Whether the compiled engine should be tried on the CPU."""
    steps = plan.config.epochs * plan.steps_per_epoch
    refused = Compiled.refusal(network, plan.optimizer, plan.batch_size)
    return not refused and Compiled.pays(network, plan.optimizer, plan.batch_size, steps)


def time_ways(
    ways: list[Way],
    network: Network,
    dataset: Data,
    config: TrainingConfig,
    networks: int,
    steps: int,
) -> tuple[dict[str, float], dict[str, str]]:
    """For each way, by its name, the seconds that a step of one network takes; and why it failed.

    GPUs are left out where the CPU has done all the steps before they begin.
    """
    seconds: dict[str, float] = {}
    failed: dict[str, str] = {}
    for way in ways:
        try:
            trainer = timed_trainer(way, network, dataset, config)
            seconds[way.name] = time_steps(trainer) / at_once(trainer, networks)
            del trainer  # so that two of them do not share the memory of a GPU
        except GpunetError as error:
            failed[way.name] = first_line(error)
            continue
        if not way.device.shared_limit and steps * seconds[way.name] < SHORT:
            break
    return seconds, failed


def timed_trainer(way: Way, network: Network, dataset: Data, config: TrainingConfig) -> Trainer:
    """A trainer of a copy of the network, of which steps can be timed.

    Images are taken as they are: those made of them are made once an epoch, or once. What looks at
    the epochs has none to look at.
    """
    config = replace(config, diagnose=False, expand=False, deformation=Deformation())
    config = replace(config, keep_best=False, patience=0, schedule="constant")
    trainer = Trainer(network.copy_to(way.device), dataset, config, None, way.engine)
    trainer.adopt_scale()
    return trainer


def time_steps(trainer: Trainer) -> float:
    """What a step takes, in seconds."""
    engine, device = trainer.engine, trainer.network.device
    at = 0

    def run(steps: int) -> None:
        nonlocal at
        while steps > 0:
            ran = engine.run(at, steps)
            at, steps = (at + ran) % trainer.steps_per_epoch, steps - ran
        device.synchronize()

    with trainer.computing():
        trainer.begin_epoch()
        run(1)  # compiles, and fetches what is needed for the first time
        done, steps, began = 0, 1, time.perf_counter()
        while (passed := time.perf_counter() - began) < TIMED:
            run(steps)
            done, steps = done + steps, 2 * steps
        return passed / done


def at_once(trainer: Trainer, networks: int) -> int:
    """How many of so many networks are trained in the time of one, as sweeps do it."""
    device, engine = trainer.network.device, trainer.engine
    if isinstance(engine, Fused):
        return min(networks, engine.plan.at_once * device.multiprocessors)
    if device.shared_limit:
        return 1  # streams may overlap; nobody has measured how far
    work = trainer.network.macs * trainer.batch_size
    return min(networks, cores()) if on_one_thread(work, device.threads) else 1


def kind_of(
    network: Network, plan: TrainingPlan, config: TrainingConfig, networks: int
) -> dict[str, Any]:
    """What decides how fast a training is, but for the machine."""
    layers = [str(network.architecture), *network.activations, network.cost.name]
    work = [str(network.dtype), network.dropout, network.input_dropout]
    work += [plan.batch_size, networks, plan.plain]
    device = network.device
    versions = {**device.versions, "numpy": np.__version__, "gpunet": __version__}
    return {
        "network": layers,
        "work": [*work, config.epochs * plan.steps_per_epoch],
        "optimizer": [config.optimizer, *map(bool, (config.momentum, config.l1, config.l2))],
        "limits": [is_limited(config.max_norm), bool(config.clip)],
        "device": [device.name, getattr(device, "model", ""), device.precision],
        "versions": versions,
    }
