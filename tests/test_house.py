"""The architecture: layers, imports that point down, and a docstring on every public name."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import gpunet
from tests.backends import open_backend

PACKAGE = Path(gpunet.__file__).parent
# A folder may import from its own layer and from those further down this list.
LAYERS = [
    {"cli"},
    {"report", "show"},
    {"sweeps", "web"},
    {"runs", "book", "interop"},
    {"training"},
    {"engines", "evaluation", "serialization"},
    {"nn", "datasets"},
    {"backend"},
    {"core"},
]
MODULES = sorted(PACKAGE.rglob("*.py"))
IN_FOLDERS = [path for path in MODULES if path.parent != PACKAGE]


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file; `from a import b` as both a and a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def layer_of(folder: str) -> int:
    return next(number for number, folders in enumerate(LAYERS) if folder in folders)


@pytest.mark.parametrize("path", IN_FOLDERS, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    folder = path.relative_to(PACKAGE).parts[0]
    for module in imports_of(path):
        package, _, rest = module.partition(".")
        if package == "gpunet":
            other = rest.partition(".")[0]
            assert other, f"{name_of(path)} imports the package root"
            assert layer_of(other) >= layer_of(folder), (
                f"{name_of(path)} imports {module} from above"
            )


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Names each of which leads to the next, the last being the first again; empty if none do."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_leads_back_to_itself() -> None:
    """Not by imports within functions either, nor by those that only a type checker sees."""
    named = {name_of(path): path for path in MODULES}
    graph = {name: named.keys() & set(imports_of(path)) - {name} for name, path in named.items()}
    assert sum(map(len, graph.values())) > len(named), "imports are not found"
    assert circle_in(graph) == []


def test_no_folder_leads_back_to_itself() -> None:
    graph: dict[str, set[str]] = {}
    for path in IN_FOLDERS:
        folder = path.relative_to(PACKAGE).parts[0]
        folders = {module.split(".")[1] for module in imports_of(path) if module[:7] == "gpunet."}
        graph[folder] = graph.get(folder, set()) | folders - {folder}
    assert circle_in(graph) == []


def test_a_circle_is_found() -> None:
    assert set(circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == {"b", "c"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_backend_knows_the_array_libraries_apart(path: Path) -> None:
    if "backend" in path.parts:
        return
    used = {module.partition(".")[0] for module in imports_of(path)}
    assert not used & {"cupy", "cupyx", "nvmath", "mpi4py"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare) and any(
            isinstance(op, ast.Is | ast.IsNot) for op in node.ops
        ):
            sides = {ast.unparse(side) for side in (node.left, *node.comparators)}
            assert not sides & {"np", "numpy", "xp"}, f"{name_of(path)} asks which library it has"


def public_objects() -> Iterator[tuple[str, object]]:
    """Modules, and the public classes, functions and methods defined in them."""
    for path in MODULES:
        if path.name == "__main__.py":
            continue
        module = import_module(name_of(path))
        yield module.__name__, module
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) != module.__name__ or name.startswith("_"):
                continue
            if inspect.isclass(value):
                yield f"{module.__name__}.{name}", value


@pytest.mark.parametrize("name", gpunet.__all__)
def test_public_names_are_documented(name: str) -> None:
    value = getattr(gpunet, name)
    if name == "__version__":
        return
    assert inspect.getdoc(value), name
    if inspect.isclass(value):
        own = [m for m in vars(value).items() if not m[0].startswith("_")]
        for method, member in own:
            function = member.fget if isinstance(member, property) else member
            if inspect.isfunction(function) or inspect.ismethod(function):
                documented = inspect.getdoc(getattr(value, method))
                assert documented, f"gpunet.{name}.{method} has no docstring"


def test_every_module_and_class_says_what_it_is() -> None:
    undocumented = [name for name, value in public_objects() if not value.__doc__]
    assert undocumented == []


def test_the_lazy_names_are_those_announced() -> None:
    assert set(gpunet.HOMES) | {"__version__"} == set(gpunet.__all__)
    assert set(gpunet.__all__) <= set(dir(gpunet))


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="perceptron"):
        _ = gpunet.perceptron  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_are_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 250


def test_a_test_that_opens_a_gpu_is_marked() -> None:
    with pytest.raises(pytest.fail.Exception, match="mark it with"):
        open_backend("cuda")
