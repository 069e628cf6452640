"""What an entry says of itself and is not true is found, and the place named."""

from collections.abc import Sequence
from typing import Any

import pytest

from gpunet.backend.fused_functions import Elementwise, FusedCost
from gpunet.backend.plain import Operation, Primitives
from gpunet.datasets.dataset import Dataset
from gpunet.nn.activations import ACTIVATIONS, Activation, Softmax, Tanh
from gpunet.nn.costs import COSTS, Cost
from gpunet.nn.layers.dense import Dense, Neurons
from gpunet.nn.layers.table import LAYERS
from gpunet.nn.optimizers.adam import Adam
from gpunet.nn.optimizers.base import Optimizer, OptimizerConfig
from gpunet.nn.optimizers.sgd import Descent, Nesterov
from gpunet.nn.optimizers.table import OPTIMIZERS
from gpunet.nn.parameters import ParameterVector
from tests.nn.newcomers import Gains, OneToOne, Quartic, RMSProp, Softsign
from tests.pretended_gpu import PretendedGpu
from tests.registries import activations, costs, fused, layers, optimizers

Attributes = dict[str, Any]


def untrue(kind: type, **attributes: Any) -> Any:
    """A class that differs in what it says of itself."""
    return type("Untrue", (kind,), {"__doc__": "Untrue.", **attributes})


@pytest.mark.parametrize(
    ("kind", "attributes", "place"),
    [
        (Tanh, {"increasing": False}, "Untrue.increasing: is False, and should be True"),
        (Softmax, {"elementwise": True}, "Untrue.elementwise: is True, and should be False"),
        (Softmax, {"increasing": True}, "Untrue.increasing: is True, and should be False"),
        (Tanh, {"input_scale": 0.3}, "Untrue.input_scale: 0.3 is no power of two"),
        (Tanh, {"chain": Softsign.chain}, "Untrue.chain: is not ∂C/∂z"),
        (Tanh, {"name": "relu"}, r"formulas.py, FUNCTIONS\['relu'\]: is not what"),
    ],
)
def test_activations(kind: type[Activation], attributes: Attributes, place: str) -> None:
    with pytest.raises(AssertionError, match=place):
        assert "\n".join(activations.complaints(untrue(kind, **attributes)())) == ""


@pytest.mark.parametrize(
    ("kind", "attributes", "place"),
    [
        (Quartic, {"slope": Cost.slope}, "costs.py, Untrue.slope: .* is missing"),
        (Quartic, {"partner": "tanh"}, "costs.py, Untrue.gradient: is not ∂C/∂z with tanh"),
        (Quartic, {"output": "softsing"}, "costs.py, Untrue.output: softsing does not suit"),
        (Quartic, {"name": "quadratic"}, r"COST_TERMS\['quadratic'\]: is not what Untrue.total"),
    ],
)
def test_costs(kind: type[Cost], attributes: Attributes, place: str) -> None:
    with pytest.raises(AssertionError, match=place):
        assert "\n".join(costs.complaints(untrue(kind, **attributes)())) == ""


def without_flush(self: Any, p: Primitives, w: ParameterVector) -> Sequence[Operation]:
    return Nesterov.rule(self, p, w)[:-2]


def with_fixed_rate(self: Any, p: Primitives, w: ParameterVector) -> Sequence[Operation]:
    self.learning_rate = self.config.learning_rate
    return Nesterov.rule(self, p, w)


def with_hidden_state(self: Any, network: Any, config: OptimizerConfig) -> None:
    Nesterov.__init__(self, network, config)
    self.velocity_kept = self.state.pop("velocity")


def with_hidden_velocity(self: Any, p: Primitives, w: ParameterVector) -> Sequence[Operation]:
    self.state["velocity"] = self.velocity_kept
    operations = Nesterov.rule(self, p, w)
    del self.state["velocity"]
    return operations


def none(kind: type[Optimizer], config: OptimizerConfig) -> int:
    return 0


@pytest.mark.parametrize(
    ("kind", "attributes", "place"),
    [
        (Adam, {"states": classmethod(none)}, "Untrue.states: 0 for .*, and state holds 2"),
        (Nesterov, {"states": classmethod(none)}, "Untrue.states: 0 for .*, and state holds 1"),
        (Nesterov, {"rule": without_flush}, "Untrue: velocity becomes denormal, see `flush`"),
        (Nesterov, {"rule": with_fixed_rate}, "Untrue: a step bound again does not follow"),
        (Adam, {"takes": Descent.takes}, "Untrue.takes: momentum makes no difference"),
        (RMSProp, {"needs": frozenset({"momentum"})}, "Untrue.takes: .* must hold"),
        (
            Nesterov,
            {
                "__init__": with_hidden_state,
                "rule": with_hidden_velocity,
                "states": classmethod(none),
            },
            "Untrue.state: does not hold all that a checkpoint must keep",
        ),
    ],
)
def test_optimizers(
    monkeypatch: pytest.MonkeyPatch, kind: type[Optimizer], attributes: Attributes, place: str
) -> None:
    made = untrue(kind, **attributes)
    monkeypatch.setitem(OPTIMIZERS, made.name, made)
    with pytest.raises(AssertionError, match=place):
        assert "\n".join(optimizers.complaints(made)) == ""


def test_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(self: Any, below: tuple[int, ...], activation: Activation) -> Any:
        return untrue(Dense, workspace=self.neurons)(below[-1], self.neurons, activation)

    monkeypatch.setitem(layers.EXAMPLES, "30", [100])
    monkeypatch.setitem(LAYERS, "30", made := untrue(Neurons, make=make))
    with pytest.raises(AssertionError, match=r"Untrue: workspace counts .* are taken"):
        assert "\n".join(layers.complaints(made)) == ""


@pytest.mark.parametrize(
    ("entry", "attributes", "place"),
    [
        (Tanh, {"fused": Elementwise("hyperbolic(z)", "1 - a")}, "activations.py, Untrue.fused"),
        (Quartic, {"fused": FusedCost("a - y", "a - y")}, "costs.py, Untrue.fused"),
    ],
)
def test_what_the_fused_kernel_is_told(
    few: Dataset,
    monkeypatch: pytest.MonkeyPatch,
    entry: type,
    attributes: Attributes,
    place: str,
) -> None:
    made = untrue(entry, **attributes)()
    table = ACTIVATIONS if isinstance(made, Activation) else COSTS
    monkeypatch.setitem(table, made.name, made)
    ask: Any = (
        fused.complaints_of_activation if isinstance(made, Activation) else fused.complaints_of_cost
    )
    with pytest.raises(AssertionError, match=f"{place}: .* end with other weights than with eager"):
        assert "\n".join(ask(made, few, PretendedGpu())) == ""


def test_a_layer_the_fused_kernel_cannot_hold(
    few: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LAYERS, "1:1", OneToOne)
    monkeypatch.setitem(layers.EXAMPLES, "1:1", ["1:1"])
    monkeypatch.setattr(Gains, "fused", True)
    with pytest.raises(AssertionError, match=r"64-1:1-10.* parameters, and the fused kernel's"):
        fused.complaints_of_layer(OneToOne, few, PretendedGpu())


@pytest.mark.parametrize(
    ("kind", "knows"),
    [(RMSProp, "l1"), (Nesterov, "momentum"), (Descent, "max_norm")],
)
def test_what_the_fused_kernel_is_said_to_know(
    few: Dataset, monkeypatch: pytest.MonkeyPatch, kind: type[Optimizer], knows: str
) -> None:
    """It is said to know all; `knows` is what it would have to leave out."""
    made = untrue(kind, beyond_fused="", make=classmethod(lambda cls, *given: cls(*given)))
    monkeypatch.setitem(OPTIMIZERS, made.name, made)
    with pytest.raises(AssertionError, match=f"beyond_fused: .*{knows}.* end with other weights"):
        assert "\n".join(fused.complaints_of_optimizer(made, few, PretendedGpu())) == ""
