"""Many networks trained in lockstep, each to the same bits as if trained alone."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from gpunet.core.errors import DivergedError
from gpunet.datasets.dataset import Split
from gpunet.engines.base import Score
from gpunet.training.history import EpochRecord
from gpunet.training.state import Snapshot
from gpunet.training.trainer import Seen, Trainer

# Called with a member's number and the epoch it has finished.
OnEpoch = Callable[[int, EpochRecord], None]
KeepGoing = Callable[[], bool]


class Lockstep(ABC):
    """Trainers whose epochs are run in lockstep; subclasses define how.

    Attributes:
        trainers: the members, identified by their indices here.
        diverged: for each member that diverged, why.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.trainers = list(trainers)
        self.diverged: dict[int, DivergedError] = {}

    @abstractmethod
    def train_epoch(self, members: list[int], keep_going: KeepGoing | None) -> bool:
        """Train these members to the end of their epoch, unless stopped; whether to keep going."""

    def train(self, on_epoch: OnEpoch | None = None, keep_going: KeepGoing | None = None) -> bool:
        """Train every member to the end, or until asked to stop.

        A member that diverges is restored to the end of its last good epoch, recorded in
        `diverged`, and not trained further.

        Args:
            on_epoch: called after each epoch of each member.
            keep_going: called between launches; training stops if it returns False.

        Returns:
            Whether every member has finished or diverged.
        """
        for trainer in self.trainers:
            trainer.adopt_scale()
        going = True
        while going and (members := self.next_members()):
            going = self.run_epoch(members, on_epoch, keep_going)
        return not self.unfinished()

    def run_epoch(
        self, members: list[int], on_epoch: OnEpoch | None, keep_going: KeepGoing | None
    ) -> bool:
        """Train these members to the end of their epoch, unless stopped, and record those there."""
        before = {member: self.snapshot(member) for member in members}
        going = self.train_epoch(members, keep_going)
        self.check_finite(before)
        for member in members:
            if member not in self.diverged and self.trainers[member].at_epoch_end:
                self.finish_epoch(member, before[member], on_epoch)
        return going

    def unfinished(self) -> list[int]:
        """The members with something left to do."""
        return [
            member
            for member, trainer in enumerate(self.trainers)
            if not trainer.finished and member not in self.diverged
        ]

    def next_members(self) -> list[int]:
        """The members whose epoch is run next."""
        return self.unfinished()

    def snapshot(self, member: int) -> Snapshot:
        """The state of a member, to be restored if it diverges."""
        trainer = self.trainers[member]
        with trainer.network.device.active():
            return trainer.snapshot()

    def check_finite(self, before: dict[int, Snapshot]) -> None:
        """Record as diverged every member whose parameters are not finite."""
        for member, snapshot in before.items():
            with self.giving_up(member):
                self.trainers[member].check_finite(snapshot)

    def see(self, member: int) -> Seen | None:
        """What a member now makes of the split that is monitored, if one is."""
        return self.trainers[member].see()

    def score(self, members: list[int], split: Split) -> dict[int, Score]:
        """What members make of a split, of those that can be asked at once."""
        return {}

    def finish_epoch(self, member: int, before: Snapshot, on_epoch: OnEpoch | None) -> None:
        """Evaluate and record a member's epoch."""
        with self.giving_up(member):
            record = self.trainers[member].finish_epoch(before, self.see(member))
            if on_epoch:
                on_epoch(member, record)

    @contextmanager
    def giving_up(self, member: int) -> Iterator[None]:
        """On a member's device; a member that diverges is recorded, and not trained further."""
        try:
            with self.trainers[member].network.device.active():
                yield
        except DivergedError as error:
            self.diverged[member] = error
