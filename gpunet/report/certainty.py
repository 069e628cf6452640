"""How sure an accuracy is, for the page."""

from gpunet.core.arrays import HostArray
from gpunet.core.words import count
from gpunet.datasets.dataset import Dataset
from gpunet.datasets.disputed import SOURCE, disputed_labels
from gpunet.evaluation.uncertainty import over_images, student
from gpunet.report.findings import Findings
from gpunet.report.markup import Markup, element
from gpunet.show.words import interval, percent


def certainty(findings: Findings, dataset: Dataset) -> Markup | None:
    """Both intervals of the mean of several networks, and disputed labels; None without either.

    The intervals answer two questions: what other seeds would have given on these images, and what
    these networks would reach on others. That of one network heads the page.
    """
    parts = []
    if findings.networks > 1:
        parts.append(element("p", sure_of_mean(findings)))
    if len(places := disputed_labels(dataset)):
        parts.append(element("p", doubtful(findings, places)))
    return element("section", element("h3", "How sure that is"), *parts) if parts else None


def sure_of_mean(findings: Findings) -> str:
    """Both intervals, in a sentence or two."""
    accuracies = findings.right.mean(axis=1).tolist()
    return (
        f"The mean accuracy of {count(findings.networks, 'network')} is "
        f"{percent(findings.right.mean())}. Its 95 % interval is {interval(student(accuracies))} "
        "over networks that differ in their seeds, by Student’s t, and "
        f"{interval(over_images(findings.right))} over test images, by Wilson’s interval of the "
        "effective number of images."
    )


def doubtful(findings: Findings, places: HostArray) -> str:
    """How many of the misread have disputed labels, and what follows where there are few others."""
    of_all, of_them = (
        (~right).sum() / findings.networks for right in (findings.right, findings.right[:, places])
    )
    digits = 0 if findings.networks == 1 else 1
    each = "" if findings.networks == 1 else "on average "
    words = (
        f"Of the {of_all:,.{digits}f} images that are {each}misread, {of_them:.{digits}f} have a "
        f"label that is disputed, as {len(places)} of the test images do ({SOURCE})."
    )
    if of_all <= len(places):
        words += " An error this small is no more than that of the labels: below it nothing can "
        words += "be told."
    return words
