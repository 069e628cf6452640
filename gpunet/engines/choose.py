"""Which engine runs a training, and why."""

from gpunet.core.errors import InputError
from gpunet.engines.base import Engine
from gpunet.engines.eager import Eager
from gpunet.engines.fused import Fused, plan_fused
from gpunet.engines.graph import Graph
from gpunet.nn.layers.dense import Dense
from gpunet.nn.network import Network
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.optimizers.collected import Descent
from gpunet.nn.optimizers.direct import SGD, Momentum

ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Eager, Graph, Fused)}
NAMES = ("auto", *ENGINES)


def choose_engine(
    name: str, network: Network, optimizer: Optimizer, batch_size: int
) -> tuple[str, str]:
    """The engine for a request, and one line on why where the choice was ours.

    Raises:
        InputError: the engine asked for cannot serve; says why, and which can.
    """
    if name not in NAMES:
        raise InputError(f"unknown engine {name!r}: choose one of {', '.join(NAMES)}")
    if name == "auto":
        return choose_automatically(network, optimizer, batch_size)
    device = network.device
    if name == "graph" and not device.supports_graphs:
        raise InputError(f"the graph engine cannot serve {device.name}: {why_no_graph(network)}")
    if name == "fused":
        if not device.shared_limit:
            raise InputError(
                f"the fused engine needs a CUDA device, not {device.name}; --engine eager serves"
            )
        if device.precision != "float32":
            raise InputError(
                f"the fused engine computes in float32, not {device.precision}; "
                "--engine graph serves"
            )
        if others := [layer for layer in network.layers if not isinstance(layer, Dense)]:
            raise InputError(
                f"the fused engine takes fully connected layers only, no {others[0]}; "
                "--engine graph takes any"
            )
        if what := beyond_fused(optimizer):
            raise InputError(
                f"the fused engine takes plain sgd, momentum and l2, not {what}; "
                "--engine graph serves"
            )
        plan_fused(network, optimizer, batch_size).check()
    return name, ""


def beyond_fused(optimizer: Optimizer) -> str:
    """What of an optimizer the fused kernel does not know; empty if it knows it all."""
    if optimizer.max_norm:
        return "max-norm"
    if isinstance(optimizer, SGD | Momentum):
        return ""
    if isinstance(optimizer, Descent) and not optimizer.nesterov:
        return "l1" if optimizer.penalties.l1 else "clip"
    return optimizer.name


def choose_automatically(
    network: Network, optimizer: Optimizer, batch_size: int
) -> tuple[str, str]:
    """Fused where the network fits on one multiprocessor, else graph, else eager."""
    device = network.device
    if not device.shared_limit and not device.supports_graphs:
        return "eager", ""
    try:
        choose_engine("fused", network, optimizer, batch_size)
    except InputError as error:
        why = str(error).partition("; --engine")[0]
    else:
        return "fused", "fused, since the network fits on one multiprocessor"
    if device.supports_graphs:
        return "graph", f"graph, since {why}"
    return "eager", f"eager; {why_no_graph(network)}"


def why_no_graph(network: Network) -> str:
    """What stands between this device and the graph engine."""
    if network.device.name.startswith("cuda"):
        return "install nvmath-python for the graph engine, which is faster; --engine eager serves"
    return "it needs a CUDA device; --engine eager serves"
