"""The modules of a PyTorch Sequential, however deep they lie in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from gpunet.core.errors import InputError


@dataclass(frozen=True)
class Leaf:
    """A module that holds no others that are run.

    Attributes:
        name: its number in the Sequential, or "1.0" in one within.
        module: of torch.nn.
    """

    name: str
    module: Any

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self.module).__name__

    def refuse(self, why: str) -> NoReturn:
        """Raise InputError, saying which layer it is."""
        said = " ".join(self.module.extra_repr().split())
        raise InputError(f"from_torch: layer {self.name}, {self.kind}({said}), {why}")

    def check_hooks(self) -> None:
        """Raise InputError if hooks may change what the module computes."""
        if self.module._forward_hooks or self.module._forward_pre_hooks:
            self.refuse("has hooks, which may change what it computes; remove them")


def leaves_of(nn: Any, module: Any, name: str = "") -> Iterator[Leaf]:
    """The modules in the order in which they are run, those of nested Sequentials too.

    Raises:
        InputError: hooks change what a module computes, so that it is not known.
    """
    leaf = Leaf(name or "0", module)
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        leaf.check_hooks()
        for number, child in module._modules.items():  # one that comes twice, too
            yield from leaves_of(nn, child, f"{name}.{number}" if name else number)
    else:
        yield leaf


def pair(size: Any) -> tuple[int, int]:
    """A size as PyTorch takes it, for height and width; of one axis, it is there twice."""
    sizes = tuple(size) if isinstance(size, tuple | list) else (size,)
    return int(sizes[0]), int(sizes[-1])
