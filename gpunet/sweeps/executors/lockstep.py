"""Many networks that go through their epochs together, each to the bit as it would by itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from gpunet.core.errors import DivergedError
from gpunet.training.history import EpochRecord
from gpunet.training.state import Snapshot
from gpunet.training.trainer import Trainer

# Told of a member's number and the epoch it has finished.
OnEpoch = Callable[[int, EpochRecord], None]
KeepGoing = Callable[[], bool]


class Lockstep(ABC):
    """Trainers whose epochs are run together; how, is what its kinds differ in.

    Attributes:
        trainers: the members, which are known by their places here.
        diverged: by member, why it was given up.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self.trainers = list(trainers)
        self.diverged: dict[int, DivergedError] = {}

    @abstractmethod
    def train_epoch(self, members: list[int], keep_going: KeepGoing | None) -> bool:
        """Train these members to the end of their epoch, unless stopped; whether to keep going."""

    def train(self, on_epoch: OnEpoch | None = None, keep_going: KeepGoing | None = None) -> bool:
        """Train every member to its end, or until told to stop.

        A member that diverges is taken back to the end of its last good epoch, noted in
        `diverged`, and left there.

        Args:
            on_epoch: called after each epoch of each member.
            keep_going: called between launches; training stops if it says False.

        Returns:
            Whether every member has come to its end, be it by diverging.
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
        """Where a member is, to be taken back to."""
        trainer = self.trainers[member]
        with trainer.network.device.active():
            return trainer.snapshot()

    def check_finite(self, before: dict[int, Snapshot]) -> None:
        """Give up every member whose parameters are not finite."""
        for member, snapshot in before.items():
            with self.giving_up(member):
                self.trainers[member].check_finite(snapshot)

    def finish_epoch(self, member: int, before: Snapshot, on_epoch: OnEpoch | None) -> None:
        """Evaluate and record a member's epoch."""
        with self.giving_up(member):
            record = self.trainers[member].finish_epoch(before)
            if on_epoch:
                on_epoch(member, record)

    @contextmanager
    def giving_up(self, member: int) -> Iterator[None]:
        """On a member's device; one found to have diverged is noted, and left alone after."""
        try:
            with self.trainers[member].network.device.active():
                yield
        except DivergedError as error:
            self.diverged[member] = error
