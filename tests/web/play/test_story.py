"""What is told of a training that is watched."""

import gpunet
from gpunet.backend.device import Device
from gpunet.datasets.dataset import Dataset
from gpunet.training.history import EpochRecord
from gpunet.web.play.story import Story


def test_outputs_that_stay_saturated_are_named(usual: Device, digits: Dataset) -> None:
    network = gpunet.Network([64, 30, 10], seed=12, device=usual)
    story = Story(network, digits)
    assert story.in_words() == []

    def record(ended: EpochRecord) -> None:
        assert story.due(ended.epoch)
        story.record(ended, gpunet.evaluate(network, digits.validation))

    gpunet.fit(network, digits, epochs=8, on_epoch=record, monitor=None)
    first = story.in_words()[0]
    assert first.startswith("Output neurons that are saturated: 0 (since epoch ")
    assert "Try cost cross-entropy" in first, "as the settings are called"
    assert "--" not in "".join(story.in_words())


def test_of_many_epochs_few_are_kept(digits: Dataset) -> None:
    network = gpunet.Network([64, 10])
    story = Story(network, digits)
    seen = gpunet.evaluate(network, digits.validation)
    for epoch in range(1, 10_001):
        if story.due(epoch):
            story.record(EpochRecord(epoch, epoch, 3.0, None, None), seen)
    kept = [record.epoch for record in story.history]
    assert kept[:20] == list(range(1, 21))
    assert len(kept) < 200
    assert kept[-1] > 9_500
