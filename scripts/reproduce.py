"""Run recipes with several seeds each, and print published beside measured.

    scripts/python scripts/reproduce.py [--networks 5] [--runs FOLDER] [--write] [RECIPE...]

Without names, those whose figure has been measured before; the others take hours or days. --write
puts what was measured into the recipes' files, as what to expect from then on.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.runs.folder import RunFolder
from gpunet.runs.recipe import FOLDER, Recipe, find_recipe, list_recipes
from gpunet.sweeps.folder import open_population


def main() -> None:
    """Run the recipes and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "recipes", nargs="*", metavar="RECIPE", help="those measured before, if none is named"
    )
    parser.add_argument("--networks", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--runs", type=Path, metavar="FOLDER", help="keep the runs there, and go on with them"
    )
    parser.add_argument("--write", action="store_true", help="into the recipes' files")
    options = parser.parse_args()
    if options.networks < 2:
        parser.error("--networks: a spread needs at least 2")
    print("| recipe | published, % | test, % | validation, % | n | device, seconds a network |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measured_before = [recipe.name for recipe in list_recipes() if recipe.expected]
        for name in options.recipes or measured_before:
            run = (options.runs or Path(folder)) / name
            train(name, run, options.networks, options.device)
            measured = measure(run, committee="networks" in find_recipe(name).options)
            if options.write:
                write(name, measured)
            print(line(find_recipe(name), measured), flush=True)


def train(name: str, run: Path, networks: int, device: str) -> None:
    """Train so many networks of a recipe, or those that are missing in an earlier run."""
    command = [sys.executable, "-m", "gpunet", "train", "--device", device]
    if not (run / "run.json").exists():
        command += ["--recipe", name, "--networks", str(networks), "--out", str(run)]
    elif json.loads((run / "run.json").read_text())["status"] == "finished":
        return
    else:
        command += ["--resume", str(run)]
    subprocess.run(command, check=True, stdout=sys.stderr)


def measure(run: Path, committee: bool) -> dict[str, Any]:
    """What the networks of a run that did not diverge have reached, together or each by itself.

    On the validation split only where it was not trained on.
    """
    population = open_population(run)
    assert population is not None
    about = population.description
    members = [RunFolder.open(member) for member in sorted((run / "networks").iterdir())]
    if not all(member.complete for member in members):
        sys.exit(f"{run}: was not measured here; first: gpunet train --resume {run}")
    seconds = [member.description["seconds"] for member in members]
    members = [member for member in members if "result" in member.description]
    best = about["grid"]["keep_best"][0]
    held_back = about["grid"].get("train_on", ["training"]) == ["training"]
    splits = ("test", "validation") if held_back else ("test",)
    seen = {split: evaluated(run, split) for split in splits}
    if committee:
        reached = {split: [100 * each["accuracy"]] for split, each in seen.items()}
    else:
        reached = {"test": [100 * each.description["result"]["accuracy"] for each in members]}
        if "validation" in splits:
            reached["validation"] = [100 * kept_accuracy(member, best) for member in members]
    return {
        **{key: value for split in splits for key, value in spread(split, reached[split])},
        "networks": len(members),
        "seconds": round(mean(seconds), 1),
        "device": about["device"],
        **{
            f"{split}_images": reach((each if committee else each["members_alone"])["ci95_images"])
            for split, each in seen.items()
        },
    }


def spread(split: str, reached: list[float]) -> list[tuple[str, float]]:
    """Mean and deviation, by the names that recipes have for them."""
    deviation = round(stdev(reached), 2) if len(reached) > 1 else 0.0
    return [(split, round(mean(reached), 2)), (f"{split}_deviation", deviation)]


def evaluated(run: Path, split: str) -> dict[str, Any]:
    """What `gpunet evaluate` says of a run's networks, as a committee and alone."""
    command = [sys.executable, "-m", "gpunet", "evaluate", str(run), "--split", split, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def reach(ends: list[float]) -> float:
    """How far an interval of fractions reaches to each side, in per cent."""
    low, high = ends
    return round(50 * (high - low), 2)


def kept_accuracy(member: RunFolder, best: bool) -> float:
    """The accuracy of the network that was kept, of the best epoch or the last, on validation."""
    checkpoint = member.read_checkpoint()
    assert checkpoint is not None
    record = checkpoint.history.best if best else checkpoint.history[-1]
    assert record is not None
    assert record.accuracy is not None
    return record.accuracy


def write(name: str, measured: dict[str, Any]) -> None:
    """Put what was measured into a recipe's file."""
    path = FOLDER / f"{name}.toml"
    text = path.read_text(encoding="utf-8").partition("\n[expected]")[0].rstrip()
    lines = [f"{key} = {json.dumps(value)}" for key, value in measured.items()]
    path.write_text(text + "\n\n[expected]\n" + "\n".join(lines) + "\n", encoding="utf-8")


def line(recipe: Recipe, measured: dict[str, Any]) -> str:
    """A line of the table."""
    test, validation = (
        f"{measured[split]:.2f} ± {measured[f'{split}_deviation']:.2f}, "
        f"± {measured[f'{split}_images']:.2f}"
        if split in measured
        else "trained on"
        for split in ("test", "validation")
    )
    published = f"{recipe.figure} ({recipe.published_on})" if recipe.published else recipe.figure
    where = f"{measured['device']}, {measured['seconds']:.0f}"
    columns = (recipe.name, published, test, validation, str(measured["networks"]), where)
    return f"| {' | '.join(columns)} |"


if __name__ == "__main__":
    main()
