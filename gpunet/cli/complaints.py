"""Messages for invalid command lines: what was found, what is needed.

They replace click's own wording, so that they read like all other messages of gpunet.
"""

import re
import sys

import click

from gpunet.cli.values import Refused, Value
from gpunet.core.words import did_you_mean

# The arguments may hold any character, a newline too.
EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)\.?", re.DOTALL)


def complaint(error: click.ClickException) -> str:
    """The message for an invalid command line."""
    if isinstance(error, click.NoSuchOption):
        return no_such_option(error)
    if isinstance(error, click.BadOptionUsage):
        return bad_usage(error)
    if isinstance(error, click.MissingParameter):
        kind = error.param.type if error.param else None
        needed = f"; {called(error)} is {kind.rule.needed}" if isinstance(kind, Value) else ""
        return f"{called(error)} is missing: needed {usage(error.ctx)}{needed}"
    if isinstance(error, Refused):
        plain = error.typed.isprintable() and error.typed and " " not in error.typed
        return f"{called(error)} {error.typed if plain else repr(error.typed)}: {error.message}"
    if isinstance(error, click.BadParameter):
        return f"{called(error)}: {as_a_clause(error.message)}"
    if isinstance(error, click.UsageError):
        return other_usage(error)
    return as_a_clause(error.format_message())


def no_such_option(error: click.NoSuchOption) -> str:
    """For an option that the command does not have; it may have been typed with a single dash."""
    name, context = error.option_name, error.ctx
    if not name.startswith("--"):
        name = next((word for word in sys.argv[1:] if word.startswith(name)), name)
    name = name.partition("=")[0]
    others = nearest_option(name, context)
    if context and not others:
        others = f"; see {context.command_path} --help"
    return f"no such option: {name}{others}"


def bad_usage(error: click.BadOptionUsage) -> str:
    """For an option without its value, or a flag with one."""
    if "requires an argument" in error.message:
        return f"{error.option_name}: needs a value; give one after the option"
    if "does not take a value" in error.message:
        return f"{error.option_name}: takes no value; give the option by itself"
    return as_a_clause(error.message)


def other_usage(error: click.UsageError) -> str:
    """For unknown commands, too many arguments, and errors raised by gpunet itself."""
    message, context = error.message, error.ctx
    if context and (found := re.fullmatch(r"No such command '(.*)'\.?", message)):
        group = context.command
        known = group.list_commands(context) if isinstance(group, click.Group) else []
        others = did_you_mean(found[1], known) or f"; choose one of {', '.join(known)}"
        return f"no such command: {found[1]!r}{others}"
    if context and (found := EXTRA.fullmatch(message)):
        near = nearest_option(found[1].split()[0], context)
        return f"too many arguments: {found[1]}; needed {usage(context)}{near}"
    return as_a_clause(message)


def nearest_option(typed: str, context: click.Context | None) -> str:
    """The option that may have been meant, as a question; leading dashes are not compared."""
    parameters = context.command.get_params(context) if context else ()
    names = [each[2:] for parameter in parameters for each in parameter.opts if each[:2] == "--"]
    return did_you_mean(typed.lstrip("-"), names).replace("mean ", "mean --")


def called(error: click.BadParameter) -> str:
    """The name of the parameter in question."""
    if error.param_hint:
        return error.param_hint if isinstance(error.param_hint, str) else error.param_hint[0]
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return error.param.human_readable_name if error.param else "a value"


def usage(context: click.Context | None) -> str:
    """The usage of the command, in one line."""
    if context is None:
        return "a value"
    return " ".join([context.command_path, *context.command.collect_usage_pieces(context)])


def as_a_clause(message: str) -> str:
    """ "No such thing." as "no such thing", in one line."""
    message = " ".join(message.split()).removesuffix(".")
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]
