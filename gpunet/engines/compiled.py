"""The compiled engine: thousands of steps in one call, compiled for the CPU by Numba."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from gpunet.backend.compiled.names import (
    ACTIVATIONS,
    ADAM,
    ADAMW,
    BEFORE,
    BETA1,
    BETA2,
    COSTS,
    DECAY,
    DESCENT,
    EPSILON,
    KEPT,
    L2,
    MOMENTUM,
    MOST_INPUTS,
    NESTEROV,
    NUMBERS,
    PULL,
    RATE,
    REST1,
    REST2,
)
from gpunet.core.errors import InputError, first_line
from gpunet.datasets.batches import DeviceDataset
from gpunet.engines.base import Engine
from gpunet.engines.compiled_layout import Layout
from gpunet.nn.network import Network
from gpunet.nn.optimizers.adam import Adam, AdamW
from gpunet.nn.optimizers.base import Optimizer
from gpunet.nn.optimizers.collected import Collected
from gpunet.nn.optimizers.constraints import is_limited
from gpunet.nn.optimizers.direct import SGD, Momentum, RisingMomentum
from gpunet.nn.optimizers.sgd import Nesterov

# What it saves of an eager step, in seconds, about: of launching, of an optimizer's passes over all
# parameters, and of each multiply-add. Where it is less than so much in all, loading the machine
# code and listing the samples takes as long.
SAVED, SAVED_BY_PASSES, SAVED_A_MAC = 20e-6, 80e-6, 4e-11
LEAST_SAVED = 0.1
# A step of more multiply-adds is for BLAS, on as many threads as there are.
MOST_MACS = 20_000_000
# Multiply-adds in one call, some tens of milliseconds, before Python takes over again.
CALLED_MACS = 1_000_000_000
# By the class itself: what is derived from one of them computes something else.
RULES: dict[type[Optimizer], int] = {
    SGD: DESCENT,
    Momentum: MOMENTUM,
    RisingMomentum: MOMENTUM,
    Nesterov: NESTEROV,
    Adam: ADAM,
    AdamW: ADAMW,
}
# Of all samples that are trained on, by the scale of their inputs.
LISTS: WeakKeyDictionary[Any, dict[float, Any]] = WeakKeyDictionary()


class Compiled(Engine):
    """One call for thousands of steps, in which inputs that are zero cost nothing."""

    name = "compiled"
    rank = 3
    needs_cpu = True
    measures = True
    merit = "the network is small, and the training is not"

    @classmethod
    def refusal(cls, network: Network, optimizer: Optimizer, batch_size: int) -> str:
        if not find_spec("numba"):
            return 'the compiled engine needs Numba: pip install "gpunet[fast]"'
        if network.dtype != np.float32:
            return f"the compiled engine computes in float32, not {network.dtype}"
        if network.dropout or network.input_dropout:
            return "the compiled engine takes no dropout"
        for layer in network.layers:
            if not layer.fused:
                return f"the compiled engine takes fully connected layers only, no {layer}"
            if layer.activation.name not in ACTIVATIONS:
                return f"the compiled engine does not support {layer.activation.name}"
        if network.cost.name not in COSTS:
            return f"the compiled engine does not support the {network.cost.name} cost"
        if max(network.sizes) > MOST_INPUTS:
            return f"the compiled engine takes at most {MOST_INPUTS:,} inputs"
        return beyond_rules(optimizer)

    @classmethod
    def unready(cls, asked: bool) -> str:
        from gpunet.backend.compiled.machine_code import LOADED, function, somewhere_to_keep

        if "run_steps" in LOADED:
            return ""
        if not asked and not somewhere_to_keep("run_steps"):
            return "the compiled engine has nowhere to keep its machine code"
        try:
            function("run_steps")
        except Exception as error:  # whatever Numba and LLVM do not get along with
            return f"the compiled engine does not work here: {first_line(error)}"
        return ""

    @classmethod
    def pays(cls, network: Network, optimizer: Optimizer, batch_size: int, steps: int) -> bool:
        work = network.macs * batch_size
        saved = SAVED + SAVED_A_MAC * work + SAVED_BY_PASSES * isinstance(optimizer, Collected)
        return work <= MOST_MACS and steps * saved >= LEAST_SAVED

    def __init__(
        self, network: Network, optimizer: Optimizer, dataset: DeviceDataset, batch_size: int
    ) -> None:
        super().__init__(network, optimizer, dataset, batch_size)
        from gpunet.backend.compiled.machine_code import function

        self.run_steps = function("run_steps")
        self.cost = COSTS[network.cost.name]
        self.cancels = network.cost.cancels(network.layers[-1].activation)
        self.rule = RULES[type(optimizer)]
        self.numbers = np.zeros(NUMBERS, np.float32)
        self.layout = Layout(network.layers, network.sizes, batch_size)
        # Parameters, and two arrays of state, of which the rule may have none.
        self.rows = [self.layout.empty() for _ in range(3)]
        floats, places = np.float32, np.int64
        inputs, depth = max(network.sizes[:-1]) + 1, len(network.layers)
        kinds = (floats, floats, floats, np.uint16, floats)
        self.workspaces = [np.zeros(self.layout.workspace, kind) for kind in kinds]
        self.workspaces += [np.zeros(depth * batch_size, places) for _ in range(2)]
        self.workspaces += [np.zeros(inputs, places)]
        self.workspaces += [np.zeros(inputs * batch_size, kind) for kind in (places, floats)]
        self.steps_a_call = max(1, CALLED_MACS // (network.macs * batch_size))
        self.bind_steps()

    def bind_steps(self) -> None:
        optimizer, n = self.optimizer, self.numbers
        n[RATE], n[L2] = optimizer.step, optimizer.config.l2
        n[DECAY], n[PULL] = optimizer.decay, -optimizer.step * optimizer.config.l2
        rising = isinstance(optimizer, RisingMomentum)
        n[BEFORE], n[KEPT] = (optimizer.momentum, 1.0) if rising else (1.0, optimizer.momentum)
        n[BETA1], n[BETA2] = Adam.BETAS
        n[REST1], n[REST2] = (1.0 - beta for beta in Adam.BETAS)
        n[EPSILON] = Adam.EPSILON

    def begin(self, order: Any, steps_before: int = 0) -> None:
        self.measured = 0.0
        self.order = np.ascontiguousarray(np.asarray(order), np.int64)
        self.samples = list_samples(self.dataset, self.network.sizes)
        # What was no number in a training that diverged would stay so in the padding.
        for array in (*self.rows, *self.workspaces):
            array.fill(0)

    def run(self, step: int, most: int | None = None) -> int:
        left = self.whole + bool(self.rest) - step
        steps = min(left, self.steps_a_call, most or left)
        state = dict(self.optimizer.state)
        powers = state.pop("powers", np.ones(2, np.float32))
        arrays = [self.network.parameters.array, *state.values()]
        kept = list(zip(arrays, self.rows, strict=False))
        for array, rows in kept:
            self.layout.pack(array, rows)
        self.measured += self.run_steps(
            *(self.layout.layers, len(self.layout.layers), self.cost, self.cancels),
            *(self.rule, self.numbers, powers, *self.rows, *self.workspaces, *self.samples),
            *(self.order, len(self.order), self.batch_size, step, steps, self.measuring),
        )
        for array, rows in kept:
            self.layout.unpack(array, rows)
        return steps


def beyond_rules(optimizer: Optimizer) -> str:
    """What the compiled step cannot do of an optimizer; empty if it can do all of it."""
    config = optimizer.config
    limits = {"l1": config.l1, "clip": config.clip, "max-norm": is_limited(config.max_norm)}
    if type(optimizer) not in RULES:
        limits[optimizer.name] = 1
    for what, given in limits.items():
        if given:
            return f"the compiled engine does not support {what}"
    return ""


def list_samples(dataset: DeviceDataset, sizes: Sequence[int]) -> tuple[Any, ...]:
    """What the compiled step takes of samples: inputs that are not zero, labels, targets, weights.

    Made once for all trainings of the same samples, unless their images change.
    """
    origin: Any = dataset
    while getattr(origin, "source", None) is not None:
        origin = origin.source
    known = LISTS.setdefault(origin, {})
    if dataset.scale in known and not dataset.changes:
        return known[dataset.scale]  # type: ignore[no-any-return]
    from gpunet.backend.compiled.samples import list_inputs

    check_samples(dataset, sizes)
    labelled, weighted = dataset.labelled, dataset.weights is not None
    labels = dataset.small_labels if labelled else np.empty(0, np.int32)
    targets = np.ascontiguousarray([] if labelled else dataset.labels, np.float32)
    weights = np.ascontiguousarray([] if dataset.weights is None else dataset.weights, np.float32)
    inputs = list_inputs(dataset.images, dataset.scale)
    known[dataset.scale] = (*inputs, labels, labelled, targets, weights, weighted)
    return known[dataset.scale]  # type: ignore[no-any-return]


def check_samples(dataset: DeviceDataset, sizes: Sequence[int]) -> None:
    """Raise InputError unless all is there that the compiled step reads without looking."""
    n, (inputs, *_, outputs), labels = len(dataset), sizes, dataset.labels
    fits = dataset.images.shape == (n, inputs)
    if dataset.labelled:
        fits = fits and (not n or 0 <= int(labels.min()) <= int(labels.max()) < outputs)
    else:
        fits = fits and labels.shape == (n, outputs)
    if not fits or (dataset.weights is not None and dataset.weights.shape != (n, 1)):
        raise InputError(
            f"{n:,} samples, with images {dataset.images.shape} and labels {labels.shape}, do not "
            f"fit a network of {inputs:,} inputs and {outputs:,} outputs"
        )
