"""Run recipes with several seeds each, and print published beside measured for README.md.

    scripts/python scripts/reproduce.py [--networks 5] [--write] [RECIPE...]

--write puts what was measured into the recipes' files, as what to expect from then on.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, stdev
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from gpunet.training.recipe import FOLDER


def main() -> None:
    """Run the recipes and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help="all, if none is named")
    parser.add_argument("--networks", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--write", action="store_true", help="into the recipes' files")
    options = parser.parse_args()
    if options.networks < 2:
        parser.error("--networks: a spread needs at least 2")
    names = options.recipes or [path.stem for path in sorted(FOLDER.glob("*.toml"))]
    print("| recipe | published, % | test, % | validation, % | seconds a network |")
    print("|---|---|---|---|---|")
    for name in names:
        measured = measure(name, options.networks, options.device)
        path = FOLDER / f"{name}.toml"
        text = re.split(r"\n\[expected\]", path.read_text(encoding="utf-8"))[0].rstrip()
        if options.write:
            lines = [f"{key} = {json.dumps(value)}" for key, value in measured.items()]
            path.write_text(text + "\n\n[expected]\n" + "\n".join(lines) + "\n", encoding="utf-8")
        published = re.search(r"published = ([\d.]+)", text)
        test, validation = (
            f"{measured[split]:.2f} ± {measured[f'{split}_deviation']:.2f}"
            for split in ("test", "validation")
        )
        print(
            f"| {name} | {published[1] if published else ''} | {test} | {validation} | "
            f"{measured['seconds']} |",
            flush=True,
        )


def measure(name: str, networks: int, device: str) -> dict[str, Any]:
    """Accuracies of so many networks of a recipe after the last epoch."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        command = [sys.executable, "-m", "gpunet", "train", "--recipe", name, "--json"]
        command += ["--networks", str(networks), "--device", device, "--out", str(run)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        test = [100 * each["accuracy"] for each in json.loads(done.stdout)["networks"]]
        members = sorted((run / "networks").iterdir())
        validation = [100 * last_accuracy(member) for member in members]
        seconds = [json.loads((m / "run.json").read_text())["seconds"] for m in members]
        return {
            "test": round(mean(test), 2),
            "test_deviation": round(stdev(test), 2),
            "validation": round(mean(validation), 2),
            "validation_deviation": round(stdev(validation), 2),
            "networks": networks,
            "seconds": round(mean(seconds), 1),
            "device": device,
        }


def last_accuracy(member: Path) -> float:
    """The accuracy on the validation split after the last epoch."""
    last = (member / "history.jsonl").read_text().splitlines()[-1]
    return float(json.loads(last)["accuracy"])


if __name__ == "__main__":
    main()
