"""Curves of everything in a report, and a table of what differs."""

from collections.abc import Mapping
from typing import Any

from gpunet.core.options import show_value
from gpunet.core.words import count
from gpunet.report.curves import MOST_EPOCHS, MOST_FAINT, draw_curves
from gpunet.report.markup import Markup, Part, element, figure, join, short, table
from gpunet.report.settings import spoken, varied
from gpunet.report.subject import Series, Subject
from gpunet.report.svg import DASHES, SERIES
from gpunet.show.words import duration, interval, percent

# More curves than these in one picture cannot be told apart; the table has all.
MOST_SERIES = 16
MOST_ROWS = 200
DASH = "–"


def key(number: int) -> Markup:
    """The line of a series, in its colour."""
    dash = DASHES[number % len(DASHES)]
    return element("span", class_=f"key key-{number % len(SERIES)} {dash}")


def curves(subjects: list[Subject]) -> Markup:
    """Cost and accuracy by epoch, with a key where there are several series."""
    every = [series for subject in subjects for series in subject.series]
    drawn = every[:MOST_SERIES]
    says = {
        "accuracy": "the share of the validation images that are recognised after each epoch",
        "cost": "the mean cost of a validation image, which training makes smaller; where it "
        "rises again while the accuracy stands still, the network is overfitting",
    }
    pictures = []
    for name, meaning in says.items():
        if (picture := draw_curves(drawn, name)) is None:
            continue
        caption = f"{meaning[0].upper()}{meaning[1:]}. {about(drawn, name)}".strip()
        pictures.append(figure(picture, f"{name.capitalize()}.", caption))
    if not pictures:
        why = "There are no curves yet: no epoch has been recorded."
        if any(each.history for series in every for each in series.networks):
            why = (
                "There are no curves: nothing was measured after the epochs, since the validation "
            )
            why += "split was trained on, too."
        return element("p", why, class_="note")
    keys = [element("li", key(k), " ", short(series.label)) for k, series in enumerate(drawn)]
    parts: list[Part] = [element("h2", "Learning, epoch by epoch")]
    if len(drawn) > 1:
        parts.append(element("ul", *keys, class_="keys"))
    parts.append(element("div", *pictures, class_="pair"))
    if len(drawn) < len(every):
        parts.append(
            element("p", f"Drawn are the first {MOST_SERIES} of {len(every):,}.", class_="note")
        )
    return element("section", *parts)


def about(drawn: list[Series], figure: str) -> str:
    """How to read the lines and the bands."""
    words = []
    most = max(len(series.networks) for series in drawn)
    if most > 1:
        words.append(
            "The strong line is the mean over seeds, the band one standard deviation to each side, "
            "the faint lines are the networks."
        )
        if most > MOST_FAINT // len(drawn):
            words.append(f"Only the first {MOST_FAINT // len(drawn)} of these are drawn.")
    if figure == "cost" and len({series.config.cost for series in drawn}) > 1:
        words.append("Costs of different cost functions cannot be compared with each other.")
    if any(any(each.history.diagnosed) for series in drawn for each in series.networks):
        words.append("Dash-dotted: on some of the training images.")
    longest = max(len(each.history) for series in drawn for each in series.networks or [])
    if longest > MOST_EPOCHS:
        words.append(f"Of {longest:,} epochs {MOST_EPOCHS} are drawn, evenly spaced.")
    return " ".join(words)


def asked_of(subject: Subject, series: Series) -> Mapping[str, Any]:
    """All that a series was asked, by name."""
    said = subject.folder.description
    first, networks = said["seed"], said.get("networks", 1)
    dtype = said["dtype"] if subject.folder.is_population else said["network"]["dtype"]
    return {
        "data": said["data"]["name"],
        **series.config.to_json(),
        "seed": first if networks == 1 else f"{first} to {first + networks - 1}",
        "dtype": dtype,
        "device": said.get("device", DASH),
    }


def comparison(subjects: list[Subject]) -> Markup | None:
    """What differs between the series, and what came of it; None where there is only one."""
    pairs = [(subject, series) for subject in subjects for series in subject.series]
    if len(pairs) < 2:
        return None
    asked = [asked_of(*pair) for pair in pairs]
    names = varied(asked)
    several = len(subjects) > 1  # of one population there is only the time of all of it
    headings = ["", "test accuracy", "95 % interval", "validation", "state"]
    headings += [*(["time"] if several else []), *map(spoken, names)]
    rows = []
    for number, ((subject, series), options) in enumerate(zip(pairs, asked, strict=True)):
        if number == MOST_ROWS:
            break
        mark = key(number) if number < MOST_SERIES else None
        row: list[Part] = [join([mark, " ", short(series.label)])]
        row += [*results(series), state(subject, series)]
        row += [duration(subject.folder.description["seconds"])] if several else []
        rows.append([*row, *(show_value(options[name]) for name in names)])
    words = "Settings that all have in common are left out. Intervals are Wilson’s over the test "
    words += "images for one network, Student’s over seeds for several."
    if len(pairs) > MOST_ROWS:
        words += f" Shown are the first {MOST_ROWS} of {len(pairs):,}."
    return element(
        "section",
        element("h2", "What differs, and what came of it"),
        table(headings, rows, "compared"),
        element("p", words, class_="minor"),
    )


def results(series: Series) -> list[str]:
    """Accuracy on test with its spread, its interval, and accuracy on validation."""
    summary = series.summary
    shown = [DASH, DASH]
    if summary.mean is not None:
        spread = f" ± {100 * summary.std:.2f}" if summary.std is not None else ""
        shown[0] = f"{100 * summary.mean:.2f}{spread} %"
    if summary.ci95:
        shown[1] = interval(summary.ci95)
    return [*shown, DASH if series.last is None else percent(series.last)]


def state(subject: Subject, series: Series) -> str:
    """ "finished", "3 of 5 networks", "2 of 5 diverged"."""
    if not subject.folder.is_population:
        return subject.state
    lost = sum(each.diverged for each in series.networks)
    ended = sum(each.accuracy is not None for each in series.networks) + lost
    if lost:
        return f"{lost} of {series.asked} diverged"
    return "finished" if ended == series.asked else f"{ended} of {count(series.asked, 'network')}"
