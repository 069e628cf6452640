"""Which engine runs a training, and why."""

from gpunet.core.errors import InputError
from gpunet.engines.base import Engine
from gpunet.engines.compiled import Compiled
from gpunet.engines.eager import Eager
from gpunet.engines.fused import Fused
from gpunet.engines.graph import Graph
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer

ENGINES: dict[str, type[Engine]] = {
    engine.name: engine for engine in (Eager, Graph, Fused, Compiled)
}


def choose_engine(
    name: str,
    network: Network,
    optimizer: Optimizer,
    batch_size: int,
    plain: bool = True,
    steps: int = 1,
) -> tuple[str, str]:
    """The engine for a request, and one line on why it was chosen, if it was "auto".

    Args:
        name: "auto", or that of an engine.
        network, optimizer, batch_size: what is trained, with what, in which steps.
        plain: whether the samples are: see `Samples.plain`.
        steps: how many there will be in all.

    Raises:
        InputError: the requested engine cannot run this training; says why, and which can.
    """
    if name not in ("auto", *ENGINES):
        raise InputError(f"unknown engine {name!r}: choose one of {', '.join(('auto', *ENGINES))}")
    fastest_first = sorted(ENGINES, key=lambda engine: ENGINES[engine].rank, reverse=True)
    refusals = {
        engine: why_not(ENGINES[engine], network, optimizer, batch_size, plain)
        for engine in fastest_first
    }
    worthwhile = [
        e for e in fastest_first if ENGINES[e].pays(network, optimizer, batch_size, steps)
    ]
    asked = name if name != "auto" else next(e for e in worthwhile if not refusals[e])
    # Tried is only what is about to be taken.
    refusals[asked] = refusals[asked] or ENGINES[asked].unready(asked == name)
    best = next(engine for engine in worthwhile if not refusals[engine])
    if name != "auto":
        if refusals[name]:
            raise InputError(f"{refusals[name]}; use --engine {best}")
        return name, ""
    # What is said is why not the next faster one; that the CPU is no GPU, and a GPU no CPU, goes
    # without saying.
    faster = [
        refusals[engine]
        for engine in worthwhile[: worthwhile.index(best)]
        if not misplaced(ENGINES[engine], network)
    ]
    why = faster[-1] if faster else ENGINES[best].merit
    return best, f"{best}, since {why}" if why else ""


def why_not(
    kind: type[Engine],
    network: Network,
    optimizer: Optimizer,
    batch_size: int,
    plain: bool = True,
) -> str:
    """Why an engine cannot run a training; empty if it can."""
    if why := misplaced(kind, network):
        return why
    if kind.only_plain and not plain:
        return f"the {kind.name} engine takes labelled images of type uint8, without weights"
    return kind.refusal(network, optimizer, batch_size)


def misplaced(kind: type[Engine], network: Network) -> str:
    """Why an engine cannot run on a network's device at all; empty if it might."""
    device = network.device
    if kind.needs_gpu and not device.shared_limit:
        return f"the {kind.name} engine needs a CUDA device, not {device.name}"
    if kind.needs_cpu and (not device.is_cpu or device.shared_limit):
        return f"the {kind.name} engine is for the CPU, not {device.name}"
    return ""
