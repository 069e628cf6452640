"""How sure an accuracy is, for the page."""

from gpunet.core.words import count
from gpunet.evaluation.uncertainty import over_images, student
from gpunet.report.findings import Findings
from gpunet.report.markup import Markup, element
from gpunet.show.words import interval, percent


def certainty(findings: Findings) -> Markup | None:
    """Both intervals of the mean of several networks; None for one, whose interval heads the page.

    They answer two questions: what other seeds would have given on these images, and what these
    networks would reach on others.
    """
    if findings.networks < 2:
        return None
    accuracies = findings.right.mean(axis=1).tolist()
    words = (
        f"The mean accuracy of {count(findings.networks, 'network')} is "
        f"{percent(findings.right.mean())}. Its 95 % interval is {interval(student(accuracies))} "
        "over networks that differ in their seeds, by Student’s t, and "
        f"{interval(over_images(findings.right))} over test images, by Wilson’s interval of the "
        "effective number of images."
    )
    return element("section", element("h3", "How sure that is"), element("p", words))
