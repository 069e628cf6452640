"""Public names that are imported when they are first asked for: importing a package stays quick."""

TYPE_CHECKING = False  # so type checkers take it for true; `typing` itself takes 7 ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def hand_on(
    package: str, homes: "Mapping[str, str]", names: "dict[str, Any]"
) -> "tuple[Callable[[str], Any], Callable[[], list[str]]]":
    """The `__getattr__` and `__dir__` of a package that hands names on.

    Args:
        package: its name.
        homes: for each public name, the module it comes from.
        names: the package's own, `globals()`; what was asked for once is kept there.
    """

    def find(name: str) -> "Any":
        from importlib import import_module

        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        names[name] = getattr(import_module(homes[name]), name)
        return names[name]

    def known() -> list[str]:
        return sorted({*homes, *(name for name in names if name.startswith("__"))})

    return find, known
