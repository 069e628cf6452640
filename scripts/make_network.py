"""Make data/network: the trained network that comes with the package, with its README.md.

    scripts/python scripts/make_network.py [--population FOLDER]

Trains five networks by the recipe mnist-conv, half an hour on two CPU cores, and takes the one
of seed 0, whatever it reaches. With --population they are trained in that folder and stay there; a
finished population is taken as it is, and an interrupted one resumed. MNIST is downloaded if it is
not here. What was measured goes into the recipe's file, too: run scripts/make_docs.py after.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.runs.description import MODEL, NETWORKS, RUN
from gpunet.runs.recipe import Recipe, find_recipe
from gpunet.serialization.seal import SIGNATURE
from gpunet.serialization.shipped import SHIPPED, shipped_model, shipped_run
from scripts.reproduce import measure, train, write

SEEDS = 5
TAKEN = 0  # fixed before any was trained, so that its accuracy is that of no lucky choice
CARD = Path(__file__).with_name("network_card.md")


def main() -> None:
    """Train the population, or take it as it is, and write the network and all that is said."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--population", type=Path, metavar="FOLDER", help="train there, and keep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        population = options.population or Path(folder) / SHIPPED
        train(SHIPPED, population, SEEDS, "cpu")
        check_recipe(population, find_recipe(SHIPPED))
        measured = measure(population, committee=False)
        if measured["networks"] != SEEDS:
            sys.exit(f"{population}: holds {measured['networks']} networks, not {SEEDS}")
        description = take(population / NETWORKS / f"{TAKEN:03}", shipped_run())
    write(SHIPPED, measured)
    card = describe(description, measured)
    (shipped_run() / "README.md").write_text(card, encoding="utf-8")
    print(card)


def check_recipe(population: Path, recipe: Recipe) -> None:
    """Leave with a message unless the networks of a population were trained by the recipe."""
    asked = json.loads((population / RUN).read_text(encoding="utf-8"))
    data, grid = recipe.options["data"], asked["grid"]
    for name, value in recipe.options.items():
        if name != "data" and grid[name] != [value]:
            sys.exit(f"{population}: {name} is {grid[name]}; the recipe {recipe.name} has {value}")
    if asked["data"]["name"] != data or asked["seed"] != 0:
        sys.exit(f"{population}: not trained on {data} with seeds from 0")


def take(network: Path, folder: Path) -> dict[str, Any]:
    """Copy a network's model and run.json, without whose signature it was; what the latter says."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes((network / MODEL).read_bytes())
    description: dict[str, Any] = json.loads((network / RUN).read_text(encoding="utf-8"))
    description.pop(SIGNATURE, None)
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    (folder / RUN).write_text(text, encoding="utf-8")
    return description


def describe(description: dict[str, Any], measured: dict[str, Any]) -> str:
    """The README.md of the network."""
    import gpunet

    network, model = gpunet.load(shipped_model(), "cpu"), shipped_model().read_bytes()
    result, made_of = description["result"], description["network"]
    chosen = find_recipe(SHIPPED).options.items()
    return CARD.read_text(encoding="utf-8").format(
        **measured | {name: description[name] for name in ("seed", "started", "device", "seconds")},
        layers=" – ".join(str(layer) for layer in made_of["layers"][1:]),
        parameters=sum(array.size for array in (*network.weights, *network.biases)),
        dtype=made_of["dtype"],
        size=len(model),
        sha256=hashlib.sha256(model).hexdigest(),
        accuracy=100 * result["accuracy"],
        correct=result["correct"],
        total=result["total"],
        last=measured["networks"] - 1,
        versions=", ".join(f"{name} {v}" for name, v in description["versions"].items()),
        options=", ".join(f"{name} {words(value)}" for name, value in chosen),
    )


def words(value: Any) -> str:
    """An option's value as it is typed."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


if __name__ == "__main__":
    main()
