"""The learning rate and the momentum of an epoch, and early stopping."""

from gpunet.core.errors import InputError
from gpunet.core.words import count
from gpunet.training.config import TrainingConfig
from gpunet.training.history import History
from gpunet.training.schedules import parse_schedule


def learning_rate(config: TrainingConfig, epoch: int, history: History) -> float:
    """η in an epoch, counted from 0: rising in equal steps while warming up, then as scheduled."""
    warm_up = config.warm_up
    if epoch < warm_up:
        return config.rate * (epoch + 1) / (warm_up + 1)
    later = after_warm_up(config, history)
    schedule = parse_schedule(config.schedule)
    left = max(1, config.epochs - warm_up)
    return config.rate * schedule.factor(epoch - warm_up, left, later)


def momentum(config: TrainingConfig, epoch: int) -> float:
    """μ in an epoch, counted from 0: rising in equal steps from its first value, then as it is.

    μ = (t/T) μ_last + (1 − t/T) μ_first for t < T (Hinton et al. 2012, appendix A.1).
    """
    last = config.momentum or 0.0
    if epoch >= config.momentum_epochs:
        return last
    risen = epoch / config.momentum_epochs
    return risen * last + (1 - risen) * config.momentum_start


def why_ended(config: TrainingConfig, history: History) -> str:
    """Why training ends before its last epoch, in words; empty if it does not."""
    # Asked for after every epoch of a run, which may have a great many.
    if config.patience and (best := history.best) and len(history) - best.epoch >= config.patience:
        return f"no better than after epoch {best.epoch} for {count(config.patience, 'epoch')}"
    if parse_schedule(config.schedule).ended(after_warm_up(config, history)):
        return "the learning rate has been halved to 1/128"
    return ""


def after_warm_up(config: TrainingConfig, history: History) -> History:
    """The epochs of the schedule; not a copy of them all where they are all, after each of many."""
    return History(history[config.warm_up :]) if config.warm_up else history


def check_watched(config: TrainingConfig, watched: bool) -> None:
    """Raise InputError if something needs the accuracy after each epoch and it is not measured."""
    needing = {
        "patience": config.patience > 0,
        "keep best": config.keep_best,
        f"schedule {config.schedule}": parse_schedule(config.schedule).watches,
    }
    names = [name for name, needs in needing.items() if needs]
    if not watched and names and config.train_on == "all":
        raise InputError(
            f"{names[0]} goes by the accuracy on the validation split, which is no measure where "
            f"it is trained on: leave out {names[0]}, or train-on all"
        )
    if not watched and names:
        raise InputError(f"{names[0]} needs samples to be watched: a monitor, or validation=0.1")
