"""A report: one page, in one file, that loads nothing."""

from pathlib import Path

from gpunet.backend.device import Device
from gpunet.core.version import __version__
from gpunet.core.words import count
from gpunet.report.answers import answers
from gpunet.report.compare import comparison, curves
from gpunet.report.head import head_of, title_of
from gpunet.report.inside import inside
from gpunet.report.layers import first_layer
from gpunet.report.look import Loader, look_at
from gpunet.report.markup import Markup, Part, element, join, short
from gpunet.report.subject import Subject
from gpunet.runs.description import style_of

STYLE = Path(__file__).parent / "style.css"
# Whatever a name might smuggle in: no script runs, nothing is fetched, nothing is sent.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
# The networks of so many are looked at, so that a report stays small; all are compared.
MOST_LOOKED_AT = 4


def make_report(subjects: list[Subject], device: Device, load: Loader) -> str:
    """The page on some runs and populations.

    Args:
        subjects: from `open_subjects`.
        device: where their networks look at the test images.
        load: gives the data of a run.
    """
    single = len(subjects) == 1
    title = title_of(subjects[0]) if single else f"{count(len(subjects), 'run')} compared"
    names = join([element("code", subject.name) for subject in subjects], ", ")
    body: list[Part] = [
        element("header", element("p", names, class_="names"), element("h1", title)),
        element("section", head_of(subjects[0])) if single else None,
        comparison(subjects),
        curves(subjects),
    ]
    body += (closer(subject, device, load, single) for subject in subjects[:MOST_LOOKED_AT])
    if len(subjects) > MOST_LOOKED_AT:
        words = f"The first {MOST_LOOKED_AT} runs are looked at closely; "
        words += "`gpunet report` with fewer runs shows the others."
        body.append(element("p", words, class_="note"))
    body.append(
        element("footer", f"Made by gpunet {__version__}. Nothing in this file is fetched.")
    )
    return document(title, join(body))


def closer(subject: Subject, device: Device, load: Loader, single: bool) -> Markup:
    """The sections on one subject's networks, below its head unless the page begins with it."""
    look = look_at(subject, device, load)
    classes = [short(name) for name in style_of(subject.folder.description)[1]]
    parts: list[Part] = []
    if single:
        about = f" at {subject.shown.label}" if len(subject.series) > 1 else ""
        parts.append(element("h2", f"A closer look{about}"))
    else:
        parts += [element("h2", element("code", subject.name)), head_of(subject)]
    parts.append(inside(subject))
    parts += (element("p", note, class_="note") for note in look.notes)
    if look.findings and look.dataset:
        parts += answers(look.findings, look.dataset, classes)
    if look.network:
        parts.append(first_layer(look.network, subject))
    return element("section", *parts, class_="closer")


def document(title: str, body: Markup) -> str:
    """The whole file."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{title} – gpunet"),
        element("style", Markup(STYLE.read_text(encoding="utf-8"))),
    )
    page = element("html", head, element("body", element("main", body)), lang="en")
    return f"<!doctype html>\n{page}\n"
