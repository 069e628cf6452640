"""A run.json as somebody would change it who knows how its checksums are made, but has no key."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gpunet.serialization.tensors import read_tensors, write_tensors

Change = Callable[[dict[str, Any]], Any]
ASKED = {
    "run": ("options", "seed", "network", "data"),
    "population": ("kind", "grid", "networks", "seed", "dtype", "data"),
}


def edit(run: Path, change: Change) -> dict[str, Any]:
    """Change a run.json in an editor, and leave all of its checksums as they were."""
    description: dict[str, Any] = json.loads((run / "run.json").read_bytes())
    change(description)
    (run / "run.json").write_text(json.dumps(description))
    return description


def forge(run: Path, change: Change) -> None:
    """Change a run.json, and make all of its checksums anew."""
    description = edit(run, change)
    kind = "population" if description.get("kind") == "population" else "run"
    asked = {k: description.get(k) for k in ASKED[kind]}
    if isinstance(options := asked.get("options"), dict):
        asked["options"] = {k: value for k, value in options.items() if k != "epochs"}
    # The identity is made of names as they were first spelt.
    text = json.dumps(asked, sort_keys=True).replace('"max_pixel": ', '"peak": ')
    asked = json.loads(text)
    identity = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]
    description["identity"] = identity
    description.pop("signature", None)
    (run / "run.json").write_text(json.dumps(sealed(description)))


def sealed(description: dict[str, Any]) -> dict[str, Any]:
    """A description with the checksum that anybody can make."""
    plain = {k: v for k, v in description.items() if k not in ("sha256", "signature")}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    checksum = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return {**description, "sha256": checksum}


def make_foreign(run: Path) -> None:
    """Make a run.json what somebody else's gpunet wrote: whole, but not signed by this user."""
    forge(run, lambda description: None)


def make_old(run: Path) -> None:
    """Make a run.json what a version wrote that knew of no seals."""

    def unseal(description: dict[str, Any]) -> None:
        for key in ("sha256", "signature", "state", "source"):
            description.pop(key, None)
        description["format"] = 1
        style = description["data"]["style"]
        style["peak"] = style.pop("max_pixel")

    edit(run, unseal)


def make_killed(run: Path) -> None:
    """Make a run.json that of a run which was killed, and says nothing of the state it was in."""

    def change(description: dict[str, Any]) -> None:
        description.pop("state", None)
        description.pop("result", None)
        description["status"] = "running"

    forge(run, change)


def forge_all(run: Path, change: Change) -> None:
    """Forge a run.json, and make the model and the checkpoint belong to it."""
    forge(run, change)
    identity = json.loads((run / "run.json").read_bytes())["identity"]
    for name in ("model.safetensors", "checkpoint.safetensors"):
        tensors, about, _ = read_tensors(run / name)
        write_tensors(run / name, tensors, {**about, "identity": identity})


def put(place: tuple[str, ...], value: Any) -> Change:
    """A change that puts a value in that place."""

    def change(description: dict[str, Any]) -> None:
        for name in place[:-1]:
            description = description[name]
        description[place[-1]] = value

    return change
