"""Many networks trained at once on a GPU: one launch, one thread block per network.

Members differ in seed, and may differ in learning rate and momentum; the network, the batch size
and the data are the same. Every member takes exactly the steps, to the bit, that it would take
alone with the fused engine.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.batches import DeviceDataset
from gpunet.datasets.dataset import Dataset, Split
from gpunet.engines.base import Score
from gpunet.engines.fused import Fused
from gpunet.engines.fused_networks import FusedNetworks
from gpunet.nn.network import Network
from gpunet.sweeps.executors.lockstep import KeepGoing, Lockstep
from gpunet.training.config import TrainingConfig
from gpunet.training.state import Snapshot
from gpunet.training.trainer import Seen, Trainer

# Steps in one launch: longer than for one network, since more are trained in it.
LAUNCHED_STEPS = 10_000


class SharedLaunch(Lockstep):
    """Trainers of the fused engine, whose networks are trained in shared launches.

    A launch is an epoch, of up to `LAUNCHED_STEPS`: it draws the orders, trains and evaluates, and
    the host waits for it once.
    To that end the networks' parameters and velocities become rows of common arrays.

    Args:
        trainers: of networks that are alike, on one device, with one batch size.

    Raises:
        InputError: they are not alike.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        super().__init__(trainers)
        engines = [t.engine for t in self.trainers if isinstance(t.engine, Fused)]
        plans = {engine.plan for engine in engines}
        devices = {id(t.network.device) for t in self.trainers}
        images = {id(engine.dataset.images) for engine in engines}
        monitors = {id(t.monitor.images) if t.monitor else None for t in self.trainers}
        alike = len(plans) == len(devices) == len(images) == len(monitors) == 1
        if not alike or len(engines) < len(self.trainers):
            raise InputError(
                "networks that share launches need one device, one shape, one batch size, the same "
                "images and the fused engine"
            )
        self.engines = engines
        self.device = self.trainers[0].network.device
        self.split = self.scored(self.trainers[0].monitor)
        self.at_work: list[int] = []
        with self.device.active():
            self.networks = self.gather()

    def scored(self, split: DeviceDataset | None) -> DeviceDataset | None:
        """The split, if the launches themselves can evaluate on it."""
        return split if split is not None and self.engines[0].scorer(split) else None

    def gather(self) -> FusedNetworks:
        """The networks' arrays in one, of which each network's become a row."""
        xp, first = self.device.xp, self.engines[0]
        parameters = xp.stack([t.network.parameters.array for t in self.trainers])
        velocity = parameters
        if first.plan.momentum:
            velocity = xp.stack([engine.velocity.array for engine in self.engines])
        for row, (trainer, engine) in enumerate(zip(self.trainers, self.engines, strict=True)):
            engine.lie_in(parameters[row], velocity[row])
            trainer.parameters_moved()
        keys = [trainer.order().key for trainer in self.trainers]
        networks = FusedNetworks(first.kernel, first.dataset, parameters, velocity, keys)
        networks.keep_before()
        return networks

    def next_members(self) -> list[int]:
        """The members with the fewest steps done: only those at the same step share a launch.

        All are at the same step except after an interruption between two of their checkpoints.
        """
        positions = {member: self.trainers[member].position for member in self.unfinished()}
        places = {member: (at.epoch, at.step) for member, at in positions.items()}
        least = min(places.values(), default=None)
        return [member for member, place in places.items() if place == least]

    def snapshot(self, member: int) -> Snapshot:
        """The state of a member before the launches that follow, which keep it."""
        networks, engine = self.networks, self.engines[member]
        velocity = {"velocity": networks.velocity_before[member]} if engine.plan.momentum else {}
        return Snapshot(replace(self.trainers[member].position), networks.before[member], velocity)

    def train_epoch(self, members: list[int], keep_going: KeepGoing | None) -> bool:
        leader = self.trainers[members[0]]
        going, keep = True, True
        with leader.computing():
            for member in members:
                self.trainers[member].set_rate()
            self.networks.take_rates([trainer.optimizer for trainer in self.trainers])
            self.choose(members)
            while going and not leader.at_epoch_end:
                at = leader.position
                steps = min(LAUNCHED_STEPS, leader.steps_per_epoch - at.step)
                split = self.split if at.step + steps == leader.steps_per_epoch else None
                self.networks.launch(self.rows, at.epoch, at.step, steps, split, keep=keep)
                keep = False
                for member in members:
                    self.trainers[member].position.step += steps
                going = keep_going is None or keep_going()
            self.outcomes: HostArray = self.device.host(self.networks.outcomes)
        return going

    def choose(self, members: list[int]) -> None:
        """Have the launches that follow work on these members."""
        if members != self.at_work:
            self.at_work, self.rows = members, self.device.put(members, np.int32)

    def score(self, members: list[int], split: Split) -> dict[int, Score]:
        if not members:
            return {}
        first = self.trainers[0]
        with first.computing():
            data = self.scored(first.training_data.alike(split))
            if data is None:
                return {}
            self.choose(members)
            self.networks.take_rates([trainer.optimizer for trainer in self.trainers])
            self.networks.launch(self.rows, split=data)
            outcomes = self.device.host(self.networks.outcomes)
        return {member: Score.read(outcomes[member], len(data)) for member in members}

    def check_finite(self, before: dict[int, Snapshot]) -> None:
        for member, snapshot in before.items():
            if not self.outcomes[member, 2]:
                with self.giving_up(member):
                    self.trainers[member].check_finite(snapshot)

    def see(self, member: int) -> Seen | None:
        if self.split is None:
            return super().see(member)
        return Score.read(self.outcomes[member], len(self.split))


class FusedPopulation(SharedLaunch):
    """Networks trained in shared launches on one data set that is stored once.

    Args:
        networks: alike but for their seeds, on one CUDA device.
        dataset: as for `fit`.
        config: one for all, or one for each.
        monitor: the split evaluated after every epoch, or None.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        dataset: Dataset,
        config: TrainingConfig | Sequence[TrainingConfig],
        monitor: Split | None = None,
    ) -> None:
        each = [config] * len(networks) if isinstance(config, TrainingConfig) else config
        super().__init__(
            [
                Trainer(network, dataset, own, monitor, "fused")
                for network, own in zip(networks, each, strict=True)
            ]
        )
