"""A callback of one's own: it prints a line an epoch, and ends the training at an accuracy.

What it does not override does nothing: there are on_start, on_steps, on_epoch and on_end.
"""

from time import perf_counter

import gpunet


class Until(gpunet.Callback):
    """Trains until the validation split is recognized well enough."""

    def __init__(self, accuracy: float) -> None:
        self.accuracy = accuracy
        self.began = 0.0

    def on_start(self, trainer: gpunet.Training) -> None:
        self.began = perf_counter()
        print(f"{trainer.config.epochs} epochs of {trainer.steps_per_epoch} steps, at most")

    def on_epoch(self, trainer: gpunet.Training, record: gpunet.EpochRecord) -> None:
        # There is an accuracy only where a split is monitored.
        accuracy = record.accuracy or 0.0
        print(f"epoch {record.epoch}: {accuracy:.2%}, learning rate {record.learning_rate:g}")
        if accuracy >= self.accuracy:
            trainer.stop(f"accuracy {accuracy:.2%}")

    def on_end(self, trainer: gpunet.Training) -> None:
        print(f"{trainer.steps_done} steps in {perf_counter() - self.began:.2f} s")


digits = gpunet.load_dataset("digits")
network = gpunet.Network([64, 30, 10], cost="cross-entropy", seed=1)
history = gpunet.fit(
    network, digits, epochs=100, learning_rate=0.5, callbacks=[Until(accuracy=0.97)]
)
print(f"ended after {len(history)} epochs at {history[-1].accuracy:.2%}")
