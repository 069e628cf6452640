"""Watches a training for an estimator: its cost or its score, and when it ends."""

from dataclasses import replace
from typing import Any

import numpy as np

from gpunet.backend.plain import Array
from gpunet.evaluation.evaluate import Evaluator
from gpunet.interop.sklearn.making import Given
from gpunet.training.callbacks import Callback, Training
from gpunet.training.history import EpochRecord
from gpunet.training.trainer import Trainer

# "adaptive" divides the learning rate by this, and ends once it is below that.
FIFTH, LEAST_RATE = 5.0, 1e-6


class Watching(Callback):
    """Notes the cost after each epoch, and the score on samples kept back; ends the training.

    Args:
        estimator: whose attributes are filled.
        trainer: of its network.
        kept: samples kept back, or None.
        ends: whether it may end the training.
    """

    def __init__(self, estimator: Any, trainer: Trainer, kept: Given | None, *, ends: bool) -> None:
        self.estimator, self.trainer, self.kept, self.ends = estimator, trainer, kept, ends
        self.waited = 0
        self.best: Array | None = None
        self.evaluator: Evaluator | None = None
        if kept:
            estimator.validation_scores_ = []
            estimator.best_validation_score_ = -np.inf
            estimator.best_loss_ = None
        elif ends or not hasattr(estimator, "best_loss_"):
            estimator.validation_scores_ = estimator.best_validation_score_ = None
            estimator.best_loss_ = np.inf

    def on_start(self, trainer: Training) -> None:
        engine = self.trainer.engine
        engine.measuring = engine.measures
        if not engine.measures:
            on_device = self.trainer.training_data.on_device
            self.evaluator = Evaluator(self.trainer.network, on_device)

    def on_epoch(self, trainer: Training, record: EpochRecord) -> None:
        estimator = self.estimator
        estimator.n_iter_ += 1
        estimator.t_ += self.trainer.samples
        estimator._epochs = record.epoch
        estimator.loss_ = self.cost()
        estimator.loss_curve_.append(estimator.loss_)
        better = self.watch_score() if self.kept else self.watch_cost()
        if estimator.verbose:
            told = f"epoch {estimator.n_iter_}: cost {estimator.loss_:.6f}"
            if self.kept:
                told += f", score {estimator.validation_scores_[-1]:.6f}"
            print(told)
        self.waited = 0 if better else self.waited + 1
        if self.ends and self.waited > estimator.n_iter_no_change:
            self.end(trainer)

    def end(self, trainer: Training) -> None:
        """End the training, or with "adaptive" first try smaller steps."""
        rate = trainer.config.rate / FIFTH
        if self.estimator.learning_rate == "adaptive" and rate * FIFTH > LEAST_RATE:
            trainer.config = replace(trainer.config, learning_rate=rate)
            self.waited = 0
        else:
            trainer.stop(f"no better for {self.estimator.n_iter_no_change} epochs")

    def cost(self) -> float:
        """The mean cost of a sample in this epoch, the penalty included."""
        trainer, network = self.trainer, self.trainer.network
        if self.evaluator:
            found = self.evaluator.evaluate_targets().cost
        else:
            found = trainer.engine.measured / trainer.samples
        penalty = trainer.optimizer.config.l2
        squares = sum(
            float(network.device.host((weights * weights).sum())) for weights in network.weights
        )
        return found + 0.5 * penalty * squares

    def watch_cost(self) -> bool:
        """Whether the cost has improved."""
        estimator, best = self.estimator, self.estimator.best_loss_
        estimator.best_loss_ = min(best, estimator.loss_)
        return bool(estimator.loss_ <= best - estimator.tol)

    def watch_score(self) -> bool:
        """Whether the score has improved; the best network is remembered."""
        assert self.kept
        estimator, network = self.estimator, self.trainer.network
        outputs: Any = network.feedforward(self.kept.X)
        score = estimator._score_of(outputs, self.kept)
        estimator.validation_scores_.append(score)
        best = estimator.best_validation_score_
        if score > best:
            estimator.best_validation_score_ = score
            self.best = network.parameters.array.copy()
        return bool(score >= best + estimator.tol)

    def settle(self) -> None:
        """Make the network the best one, where that was remembered."""
        if self.best is not None:
            network = self.trainer.network
            with network.device.active():
                network.parameters.array[...] = self.best
