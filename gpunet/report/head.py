"""The head of a report on one run: what was trained, with what result, and how to repeat it."""

from collections.abc import Iterator
from html import escape

from gpunet.core.options import show_value
from gpunet.core.words import count, typed
from gpunet.nn.architecture import read_architecture
from gpunet.report.markup import Markup, Part, element, join
from gpunet.report.settings import command_of, spoken, unusual, varied
from gpunet.report.subject import Subject
from gpunet.runs.description import style_of
from gpunet.runs.progress import INTERRUPTED, RUNNING
from gpunet.show.visible import visible
from gpunet.show.words import duration, interval, percent

DASH = "–"


def architecture_of(subject: Subject) -> str:
    """ "28×28-20C5-MP2-100-10"; of a population that varies it, "4 architectures"."""
    style, classes = style_of(subject.folder.description)
    inputs = style.shape if min(style.shape) > 1 else style.shape[1]
    drawn = {
        str(read_architecture([inputs, *series.config.hidden, len(classes)]))
        for series in subject.series
    }
    return drawn.pop() if len(drawn) == 1 else count(len(drawn), "architecture")


def title_of(subject: Subject) -> str:
    """ "784-30-10 on mnist", "20 networks 784-30-10 on mnist"."""
    asked = sum(series.asked for series in subject.series)
    several = f"{count(asked, 'network')}, " if subject.folder.is_population else ""
    return f"{several}{architecture_of(subject)} on {subject.folder.description['data']['name']}"


def outcome_of(subject: Subject) -> Markup:
    """The accuracy in large type, and what it is an accuracy of."""
    series, description = subject.shown, subject.folder.description
    summary = series.summary
    if summary.mean is None:
        if series.last is None:
            return element("p", "No accuracy has been measured yet.", class_="lead")
        words = "of the validation images recognised after the last epoch written; the test "
        words += "images are kept for the end."
        return join([element("p", percent(series.last), class_="figure"), element("p", words)])
    if subject.folder.is_population:
        words = f"of the test images recognised, the mean of {count(summary.n, 'network')}"
        if len(subject.series) > 1:
            which = "the best setting on the validation images"
            words += (
                f" with {series.label}, {'the first setting' if series.last is None else which}"
            )
        if summary.std is not None:
            words += f"; their standard deviation is {percent(summary.std)}"
        of = "Student’s t, over seeds" if summary.n > 1 else "Wilson’s, over test images"
    else:
        result = description["result"]
        words = f"of the test images recognised: {result['correct']:,} of {result['total']:,}"
        of = "Wilson’s, over test images"
    if summary.ci95:
        words += f". 95 % interval: {interval(summary.ci95)} ({of})."
    return join([element("p", percent(summary.mean), class_="figure"), element("p", words)])


def state_of(subject: Subject) -> str:
    """How far it is, in a sentence or two."""
    description = subject.folder.description
    resume = f"gpunet train --resume {typed(subject.folder.path)}"
    if subject.folder.is_population:
        ended = sum(each.accuracy is not None or each.diverged for each in subject.begun)
        far = f"{ended:,} of {count(sum(s.asked for s in subject.series), 'network')}"
        lost = sum(each.diverged for each in subject.begun)
        diverged = f" {count(lost, 'network')} diverged." if lost else ""
    else:
        done, asked = len(subject.begun[0].history), description["options"]["epochs"]
        far, diverged = f"{done:,} of {count(asked, 'epoch')}", ""
    why = description.get("diverged", "").removeprefix("training diverged: ")
    said = {
        "finished": f"Finished, {far}.{diverged}",
        "diverged": f"Diverged after {far}: {why}. What is shown is the network as it was "
        "before that.",
        RUNNING: f"In training, {far} done. The report shows what was written so far.{diverged}",
    }
    stopped = f"Interrupted, {far} done.{diverged} It goes on with: {resume}"
    return said.get(subject.state, stopped if subject.state == INTERRUPTED else "")


def facts_of(subject: Subject) -> Iterator[tuple[str, Part]]:
    """What is to be known of a run, by name."""
    description, config = subject.folder.description, subject.shown.config
    yield "State", state_of(subject)
    yield "Network", f"{architecture_of(subject)}, {config.activation}, {config.cost} cost"
    data = description["data"]
    digest = element("span", f"SHA-256 {data['digest'][:12]}…", class_="minor")
    yield (
        "Data",
        join([f"{data['name']}, {count(len(data['classes']), 'class', 'classes')} ", digest]),
    )
    training = config.training
    yield (
        "Training",
        f"{count(training.epochs, 'epoch')} of mini-batches of {training.batch_size:,}, "
        f"learning rate {show_value(training.rate)}",
    )
    yield "Unlike the defaults", join(chips(subject)) or "nothing: all options have their defaults"
    first, networks = description["seed"], description.get("networks", 1)
    yield "Seed", f"{first}" if networks == 1 else f"{first} to {first + networks - 1}"
    if device := description.get("device"):
        engine = f", engine {description['engine']}" if "engine" in description else ""
        yield "Device", f"{device}{engine}, {description.get('precision', 'float32')}"
    seconds, started = description["seconds"], description.get("started")
    begun = f"begun {started.replace('T', ' ').replace('Z', ' UTC')}" if started else None
    took = f"{duration(seconds)} of training" if seconds else None
    yield "Time", ", ".join(filter(None, (took, begun))) or DASH
    versions = description.get("versions", {})
    yield "Versions", ", ".join(f"{name} {is_}" for name, is_ in versions.items()) or DASH


def chips(subject: Subject) -> list[Markup]:
    """The options that differ from their defaults, and those that a population varies."""
    configs = [series.config.to_json() for series in subject.series]
    names = varied(configs)
    shown = [(name, value) for name, value in unusual(subject.shown.config) if name not in names]
    for name in names:
        values = dict.fromkeys(show_value(config[name]) for config in configs)
        shown.append((name, " · ".join(values)))
    return [element("span", f"{spoken(name)} {value}", class_="chip") for name, value in shown]


def head_of(subject: Subject) -> Markup:
    """Result, facts and command."""
    facts = [
        element("div", element("dt", name), element("dd", value))
        for name, value in facts_of(subject)
    ]
    parts: list[Part] = [
        element("div", outcome_of(subject), class_="outcome"),
        element("dl", *facts, class_="facts"),
        repeat(subject),
    ]
    if not subject.folder.own:
        note = "Its run.json was not written by you on this machine: what it says is not checked."
        parts.insert(1, element("p", note, class_="note"))
    return join(parts)


def repeat(subject: Subject) -> Markup:
    """The command that repeats a run, and what it needs besides."""
    command, said = command_of(subject.folder), subject.folder.description
    if command is None:
        why = "No command repeats this run: a program made its network, with layers that differ."
        return element("p", why, class_="note")
    device, engine = said.get("device"), said.get("engine", "auto")
    words: list[Part] = [
        "It names every option that differs from its default; one click selects it."
    ]
    if device:
        same = f"--device {device}" + (f" --engine {engine}" if engine != "auto" else "")
        words += [" To compute as this run did, to the last bit, add ", element("code", same), "."]
    return join(
        [
            element("h3", "The command that repeats it"),
            element("pre", element("code", words_of(command)), class_="command", tabindex="0"),
            element("p", *words, class_="minor"),
        ]
    )


def words_of(command: str) -> Markup:
    """A command as markup that is not broken within an option's name."""
    first, *options = command.split(" --")
    parts = [first, *(f"--{option}" for option in options)]
    verbatim = [Markup(escape(visible(part))) for part in parts]
    return join((element("span", part) for part in verbatim), " ")
