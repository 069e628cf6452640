"""gpunet completion."""

import sys

import click
from click.shell_completion import BashComplete, add_completion_class, get_completion_class

from gpunet.cli.common import print_program, print_stderr
from gpunet.cli.sections import SectionedCommand
from gpunet.cli.values import Value
from gpunet.core.rules import Choice

# What click's script, and `main`, know each other by.
VARIABLE = "_GPUNET_COMPLETE"
HOW = {
    "bash": (
        "to keep it: gpunet completion bash >~/.gpunet-completion.bash",
        "and add this line to ~/.bashrc: . ~/.gpunet-completion.bash",
    ),
    "zsh": (
        "to keep it: gpunet completion zsh >~/.gpunet-completion.zsh",
        "and add this line to ~/.zshrc, below compinit: . ~/.gpunet-completion.zsh",
    ),
    "fish": (
        "to keep it: gpunet completion fish >~/.config/fish/completions/gpunet.fish",
        "fish reads that file by itself",
    ),
}


@add_completion_class
class BashWords(BashComplete):
    """Words as bash splits them, for which the sign in --cost=quadratic is one of its own."""

    def get_completion_args(self) -> tuple[list[str], str]:
        words, begun = super().get_completion_args()
        return [word for word in words if word != "="], begun


@click.command(
    cls=SectionedCommand,
    examples=(
        "gpunet completion bash",
        "gpunet completion zsh >_gpunet",
    ),
)
@click.argument("shell", type=Value(Choice(*HOW, metavar="SHELL")))
@click.pass_context
def completion(context: click.Context, /, shell: str) -> None:
    """Print a script that lets a shell complete gpunet's commands, options, runs and names.

    SHELL is bash, zsh or fish. The script begins with how to have it in every shell.
    """
    group, made = context.find_root().command, get_completion_class(shell)
    assert made is not None
    script = made(group, {}, "gpunet", VARIABLE).source().strip()
    if sys.stdout.isatty():
        print_program(script)
        for line in HOW[shell]:
            print_stderr(line)
        return
    comments = "".join(f"# {line}\n" for line in HOW[shell])
    # Zsh knows what a file is for by its very first line.
    first, _, rest = script.partition("\n")
    if first.startswith("#"):
        print_program(f"{first}\n{comments}{rest}")
    else:
        print_program(f"{comments}{script}")
