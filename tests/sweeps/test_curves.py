"""The mean of many networks' curves, and its band."""

from statistics import fmean, stdev

import pytest

from gpunet.sweeps.curves import LARGEST, average


def test_each_epoch_is_averaged_over_the_networks_measured_in_it() -> None:
    rows: list[list[tuple[int, float | None]]] = [
        [(1, 0.5), (2, 0.25), (3, None), (4, 0.75)],
        [(1, 0.25), (2, None), (3, None), (4, 0.5)],
        [(1, 0.125)],
    ]
    band = average(rows)
    assert band.epochs.tolist() == [1, 2, 4]
    measured = [[0.5, 0.25, 0.125], [0.25], [0.75, 0.5]]
    assert band.mean.tolist() == pytest.approx([fmean(each) for each in measured])
    deviations = [stdev(each) if len(each) > 1 else 0.0 for each in measured]
    assert band.deviation.tolist() == pytest.approx(deviations)


def test_what_was_never_measured_has_no_curve() -> None:
    assert average([[(1, None), (2, None)]]).epochs.tolist() == []
    assert average([[]]).mean.tolist() == []


def test_a_cost_beyond_drawing_is_the_largest_that_is_drawn() -> None:
    band = average([[(1, 1e300)], [(1, 1e300)]])
    assert (band.mean.tolist(), band.deviation.tolist()) == ([LARGEST], [0.0])
