"""gpunet devices."""

from typing import TYPE_CHECKING

import click

from gpunet.cli.common import console_for, json_option, print_json, say
from gpunet.cli.sections import SectionedCommand

if TYPE_CHECKING:
    from gpunet.backend.choose import Found

VERSIONS = {
    "driver": "CUDA driver",
    "cuda": "runtime",
    "nvrtc": "NVRTC",
    "cublas": "cuBLAS",
    "cupy": "CuPy",
}


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet devices",
        "gpunet devices --json",
    ),
)
@click.option(
    "--forget", is_flag=True, help="Forget where trainings were found to be fastest, and end."
)
@json_option
def devices(as_json: bool, forget: bool) -> None:
    """List the devices of this machine, what each can do, and why others are not usable."""
    if forget:
        forget_timed(as_json)
        return
    from gpunet.backend.choose import open_device, survey

    found = survey()
    chosen = open_device("auto").name
    if as_json:
        listed = [
            {"device": each.name, "usable": each.usable, "detail": each.detail, **each.facts}
            for each in found
        ]
        print_json({"devices": listed, "auto": chosen})
        return
    console = console_for(as_json)
    for each in found:
        say(console, f"{each.name:<8}{'usable' if each.usable else 'not usable'}: {each.detail}")
        say(console, *(f"{'':<8}{line}" for line in describe(each)))
    say(console, f"auto takes {chosen}")


def forget_timed(as_json: bool) -> None:
    """Forget what was timed, and say of how many trainings."""
    from gpunet.core.errors import GpunetError
    from gpunet.core.words import count
    from gpunet.training.remembered import forget, place

    try:
        forgotten = forget()
    except OSError as error:
        raise GpunetError(f"{place()}: cannot be removed: {error.strerror}") from error
    if as_json:
        print_json({"forgotten": forgotten})
    else:
        say(console_for(as_json), f"forgot where {count(forgotten, 'training')} was fastest")


def describe(found: "Found") -> list[str]:
    """What is known of a GPU, a line for each kind of thing."""
    from gpunet.core.words import count, size

    facts = found.facts
    if not facts:
        return []
    versions = {"nvrtc": "not found", **facts["versions"]}
    spelled = [f"{name} {versions[key]}" for key, name in VERSIONS.items() if key in versions]
    lines = [
        f"compute capability {facts['compute_capability']}, "
        f"{count(facts['multiprocessors'], 'multiprocessor')}",
        f"shared memory: {facts['shared_memory_per_block']:,} bytes a block",
        ", ".join(spelled),
    ]
    if not found.usable:
        return [f"{facts['model']}, {size(facts['memory_total'])} in all", *lines]
    missing = facts.get("graphs_missing")
    return [*lines, f"CUDA graphs: {f'no: {missing}' if missing else 'yes'}"]
