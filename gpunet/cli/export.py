"""gpunet export."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gpunet.cli.common import console_for, note_unfinished, paths_argument, print_program, say
from gpunet.cli.completing import complete_networks
from gpunet.cli.sections import SectionedCommand

if TYPE_CHECKING:
    from gpunet.runs.folder import RunFolder


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet export runs/1 --onnx network.onnx",
        "gpunet export runs/1 --torch network.safetensors",
    ),
)
@paths_argument("RUN", complete_networks)
@click.option(
    "--onnx",
    metavar="FILE.onnx",
    type=click.Path(path_type=Path),
    help="Write an ONNX model, which takes pixels, and gives outputs and labels.",
)
@click.option(
    "--floats",
    is_flag=True,
    help="With --onnx: have the model take pixels that are scaled already, as floats.",
)
@click.option(
    "--torch",
    metavar="FILE.safetensors",
    type=click.Path(path_type=Path),
    help="Write the weights for PyTorch, and print the program that loads them.",
)
def export(named: tuple[Path, ...], onnx: Path | None, floats: bool, torch: Path | None) -> None:
    """Write the network of a run for ONNX or PyTorch.

    RUN is a folder that `gpunet train` made, or mnist-conv. Of many networks, name one. ONNX models
    need onnx-ir: pip install "gpunet[onnx]". The weights for PyTorch are written without it.
    """
    from gpunet.core.errors import InputError
    from gpunet.runs.folder import RunFolder
    from gpunet.serialization.shipped import is_shipped, shipped_run

    if len(named) > 1:
        raise InputError(f"export takes one run, and {len(named)} are named: export one by one")
    if onnx is None and torch is None:
        raise InputError("nothing to write: give --onnx FILE.onnx or --torch FILE.safetensors")
    if floats and onnx is None:
        raise InputError("--floats is what an ONNX model takes: give --onnx FILE.onnx too")
    if onnx and onnx == torch:
        raise InputError(f"--onnx and --torch both name {onnx}: give each a file of its own")
    for option, path in (("--onnx", onnx), ("--torch", torch)):
        if path is not None:
            check_file(option, path)
    folder = RunFolder.open(shipped_run() if is_shipped(named[0]) else named[0])
    if onnx is not None:
        export_onnx(folder, named[0], onnx, floats)
    if torch is not None:
        export_torch(folder, named[0], torch)
    note_unfinished([folder], console_for(True))


def check_file(option: str, path: Path) -> None:
    """Raise InputError unless a file may be written there, before a network is loaded."""
    from gpunet.core.errors import InputError
    from gpunet.interop.files import check_place
    from gpunet.runs.description import RUN
    from gpunet.runs.new_folder import FILES

    try:
        check_place(path)
    except InputError as error:
        raise InputError(f"{option} {error}") from None
    if path.name in FILES and (path.parent / RUN).exists():
        raise InputError(f"{option} {path}: is a file of the run itself; name another")


def export_onnx(folder: "RunFolder", run: Path, path: Path, floats: bool) -> None:
    """Write an ONNX model, and say how it is used."""
    from gpunet.core.words import size
    from gpunet.interop.onnx import write_onnx
    from gpunet.runs.description import style_of

    network = folder.load_network("cpu")
    _, classes = style_of(folder.description)
    write_onnx(network, path, classes=classes, name=run.name, floats=True if floats else None)
    kind = network.dtype.name if floats or network.scale_floats else "uint8"
    labels = network.sizes[-1] > 1
    say(
        console_for(False),
        f"wrote {path} ({size(path.stat().st_size)}): takes images (n, {network.sizes[0]}), "
        f"{kind}, and gives outputs (n, {network.sizes[-1]})" + " and label (n,)" * labels,
        f"to use it: {'outputs, label' if labels else '(outputs,)'} = "
        f"onnxruntime.InferenceSession({str(path)!r})"
        '.run(None, {"images": images})',
    )


def export_torch(folder: "RunFolder", run: Path, path: Path) -> None:
    """Write a state dict, and print the program that loads it, which is all that is printed."""
    from gpunet.core.words import size
    from gpunet.interop.torch import write_torch

    network = folder.load_network("cpu")
    program = write_torch(network, path)
    scale = repr(network.input_scale)
    taken = f"pixels times {scale}"
    if network.scale_floats:
        taken = f"what the run was trained on, as it is (the first weights hold its scale {scale})"
    print_program(
        f"# {str(path)!r} ({size(path.stat().st_size)}) holds the weights of {str(run)!r}\n"
        f"# takes (n, {network.sizes[0]}) {network.dtype.name}: {taken}\n{program.rstrip()}"
    )
