"""What networks made of the test images: confusion matrix, classes, images missed and disputed."""

from collections.abc import Iterator, Sequence
from math import ceil

import numpy as np

from gpunet.core.words import count
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.disputed import disputed_labels
from gpunet.evaluation.result import Evaluation
from gpunet.report.certainty import certainty
from gpunet.report.findings import Findings, Seen
from gpunet.report.images import draw_ink
from gpunet.report.markup import Markup, Part, element, join, table
from gpunet.show.words import advice, confusions, percent

# A larger matrix is unreadable; its largest entries are then listed.
MOST_IN_MATRIX = 30
MOST_LISTED = 40
SHADES = 10


def answers(findings: Findings, dataset: Dataset, classes: Sequence[str]) -> Iterator[Markup]:
    """The sections, one after the other."""
    if (sure := certainty(findings, dataset)) is not None:
        yield sure
    both = confusion(findings, classes), per_class(findings, classes)
    yield element("div", *both, class_="beside")
    yield missed(findings, dataset, classes)
    if findings.networks > 1:
        yield disputed(findings, dataset, classes)


def confusion(findings: Findings, classes: Sequence[str]) -> Markup:
    """The confusion matrix: counts with per cent of the row below them."""
    pooled, networks = findings.pooled, findings.networks
    title = element("h3", "What is taken for what")
    together = ", over all networks together" if networks > 1 else ""
    most = element("p", f"Most often confused{together}: {confusions(pooled, classes, 5)}.")
    notes = [element("p", f"Note: {line}.", class_="note") for line in advice(pooled, classes)]
    if len(classes) > MOST_IN_MATRIX:
        rows = [
            [classes[pair.true], classes[pair.predicted], f"{pair.count:,}"]
            for pair in pooled.most_confused(MOST_LISTED)
        ]
        listed = table(["true class", "taken for", "times"], rows)
        return element("section", title, *notes, listed)
    how = f"Counts are means over {count(networks, 'network')}. " if networks > 1 else ""
    caption = (
        "A row is what the images are, a column what the network said. Each cell has the number of "
        "images, and below it its per cent of the row: the diagonal is right, and the darker a "
        f"cell off it, the more often the two are confused. {how}"
    )
    matrix = element(
        "div",
        matrix_of(pooled, networks, classes),
        class_="wide",
        tabindex="0",
        role="group",
        aria_label="confusion matrix",
    )
    drawn = element(
        "figure", matrix, element("figcaption", element("b", "Confusion matrix."), " ", caption)
    )
    return element("section", title, most, *notes, drawn)


def matrix_of(pooled: Evaluation, networks: int, classes: Sequence[str]) -> Markup:
    """The matrix as a table whose cells are shaded by class names of the page's style."""
    rows = pooled.confusion.sum(axis=1)
    off = pooled.confusion[~np.eye(len(classes), dtype=bool)]
    # A tenth of a class is a lot: fewer are never drawn in the darkest shade.
    darkest = max(int(off.max(initial=1)), rows.mean() / 10)
    head = (element("th", name, scope="col") for name in classes)
    body = []
    for true, name in enumerate(classes):
        cells = []
        for predicted in range(len(classes)):
            number = int(pooled.confusion[true, predicted])
            share = number / rows[true] if rows[true] else 0.0
            if true == predicted:
                kind = f"right-{round(SHADES * share)}"
            else:
                kind = f"wrong-{ceil(SHADES * number / darkest)}"
            shown: list[Part] = ["·"]
            if number:
                mean = number / networks
                digits = 1 if networks > 1 and mean < 100 else 0
                shown = [f"{mean:.{digits}f}", element("small", f"{100 * share:.1f}")]
            cells.append(element("td", *shown, class_=kind))
        body.append(element("tr", element("th", name, scope="row"), *cells))
    corner = element("th", "true ↓", element("br"), "said →", class_="corner")
    return element(
        "table",
        element("thead", element("tr", corner, *head)),
        element("tbody", *body),
        class_="matrix",
    )


def per_class(findings: Findings, classes: Sequence[str]) -> Markup:
    """Recall and precision of each class, with a bar for the larger of two errors."""
    scores = findings.pooled.per_class()
    shown = scores
    words = "Recall is the share of a class’s images that are recognised; precision is the share "
    words += "of the answers with this class that are right."
    if len(scores) > MOST_LISTED:
        shown = sorted(scores, key=lambda score: score.recall)[:MOST_LISTED]
        words += f" Shown are the {MOST_LISTED} of {len(scores):,} classes with the lowest recall."
    rows = [
        [
            classes[score.label],
            f"{score.total // findings.networks:,}",
            f"{score.correct / findings.networks:,.{0 if findings.networks == 1 else 1}f}",
            percent(score.recall),
            percent(score.precision),
        ]
        for score in shown
    ]
    made = table(["class", "images", "recognised", "recall", "precision"], rows, "numbers")
    return element(
        "section", element("h3", "Each class"), made, element("p", words, class_="minor")
    )


def missed(findings: Findings, dataset: Dataset, classes: Sequence[str]) -> Markup:
    """The images that are most confidently wrong."""
    title = element("h3", "Wrong, and sure of it")
    if not findings.wrong:
        return element("section", title, element("p", "No test image was missed."))
    who = "the network" if findings.networks == 1 else "the average of the networks"
    words = (
        f"The test images of which {who} was most sure and wrong, the surest first: what it is → "
        "what was said, with the probability given to that, and the image’s place in the test "
        "split, counted from 0. Many of these a human reader would doubt, too."
    )
    shown = [tile(seen, dataset, classes, percent(seen.probability)) for seen in findings.wrong]
    return element(
        "section",
        title,
        element("div", *shown, class_="tiles"),
        element("p", words, class_="minor"),
    )


def disputed(findings: Findings, dataset: Dataset, classes: Sequence[str]) -> Markup:
    """The images on which networks disagree most."""
    title = element("h3", "Where the networks disagree")
    if not findings.disputed:
        words = "All networks gave the same answer for every test image."
        return element("section", title, element("p", words))
    words = (
        "The networks differ in nothing but chance, and yet give different answers for these "
        "images: below each, how many networks said what. A committee, which averages them, is "
        "better than its members because of such images."
    )
    shown = []
    for seen in findings.disputed:
        votes = ", ".join(
            f"{number} {'says' if number == 1 else 'say'} {classes[label]}"
            for label, number in seen.votes[:4]
        )
        more = ", …" if len(seen.votes) > 4 else ""
        shown.append(tile(seen, dataset, classes, f"{votes}{more}"))
    return element(
        "section",
        title,
        element("div", *shown, class_="tiles"),
        element("p", words, class_="minor"),
    )


def tile(seen: Seen, dataset: Dataset, classes: Sequence[str], below: str) -> Markup:
    """An image with its truth, the guess, and a line below."""
    truth, guess = classes[seen.truth], classes[seen.guess]
    pixels = dataset.test.images[seen.place].reshape(dataset.shape)
    says = f"test image {seen.place}: a {truth}, taken for {guess}"
    is_image = min(dataset.shape) > 1
    picture = draw_ink(pixels, dataset.max_pixel, says) if is_image else None
    right = seen.truth == seen.guess
    answer = join(
        [element("b", truth), Markup(" → "), element("b", guess, class_=None if right else "bad")]
    )
    doubtful = seen.place in disputed_labels(dataset)
    mark = element("span", "label disputed", class_="bad") if doubtful else None
    return element(
        "figure",
        picture,
        element(
            "figcaption", answer, element("span", below), element("span", f"no. {seen.place}"), mark
        ),
        class_="tile",
    )
