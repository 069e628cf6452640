"""gpunet devices."""

import click

from gpunet.cli.common import console_for, json_option, print_json, say


@click.command()
@json_option
def devices(as_json: bool) -> None:
    """List the devices of this machine, which are usable, and why others are not."""
    from gpunet.backend.choose import open_device, survey

    found = survey()
    chosen = open_device("auto").name
    if as_json:
        listed = [
            {"device": each.name, "usable": each.usable, "detail": each.detail} for each in found
        ]
        print_json({"devices": listed, "auto": chosen})
        return
    console = console_for(as_json)
    for each in found:
        say(console, f"{each.name:<8}{'usable' if each.usable else 'not usable'}: {each.detail}")
    say(console, f"auto takes {chosen}")
