"""Many networks trained at once on a GPU: one launch, one thread block per network.

Members differ in seed, and may differ in learning rate and momentum; the network, the batch size
and the data are the same. Every member takes exactly the steps, to the bit, that it would take
alone with the fused engine.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from gpunet.backend.plain import Array
from gpunet.core.arrays import HostArray
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.engines.fused import Fused
from gpunet.nn.network import Network
from gpunet.sweeps.executors.lockstep import KeepGoing, Lockstep
from gpunet.training.config import TrainingConfig
from gpunet.training.state import Snapshot
from gpunet.training.trainer import Trainer

# Steps in one launch: longer than for one network, since packing many takes longer.
LAUNCHED_STEPS = 10_000


class SharedLaunch(Lockstep):
    """Trainers of the fused engine, whose networks are trained in shared launches.

    Args:
        trainers: of networks that are alike, on one device, with one batch size.

    Raises:
        InputError: they are not alike.
    """

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        super().__init__(trainers)
        first = self.trainers[0]
        engines = [t.engine for t in self.trainers if isinstance(t.engine, Fused)]
        plans = {engine.plan for engine in engines}
        devices = {id(t.network.device) for t in self.trainers}
        images = {id(engine.dataset.images) for engine in engines}
        alike = len(plans) == len(devices) == len(images) == 1
        if not alike or len(engines) < len(self.trainers):
            raise InputError(
                "networks that share launches need one device, one shape, one batch size, the same "
                "images and the fused engine"
            )
        self.engines = engines
        self.device = first.network.device
        self.samples = first.samples
        self.pool = ThreadPoolExecutor(thread_name_prefix="gpunet-order")
        self.ordered: dict[tuple[int, int], Future[HostArray]] = {}

    def next_members(self) -> list[int]:
        """The members with the fewest steps done: only those at the same step share a launch.

        All are at the same step except after an interruption between two of their checkpoints.
        """
        positions = {member: self.trainers[member].position for member in self.unfinished()}
        places = {member: (at.epoch, at.step) for member, at in positions.items()}
        least = min(places.values(), default=None)
        return [member for member, place in places.items() if place == least]

    def train_epoch(self, members: list[int], keep_going: KeepGoing | None) -> bool:
        leader = self.trainers[members[0]]
        with leader.computing():
            orders = self.device.put(self.orders(members), np.int32)
            parameters = self.pack([self.trainers[m].network.parameters.array for m in members])
            velocity = self.pack([self.engines[m].velocity for m in members])
            for member in members:
                self.trainers[member].set_rate()
            engines = [self.engines[m] for m in members]
            each = [
                (engine.learning_rates[0], engine.momenta[0], engine.decays[0])
                for engine in engines
            ]
            config = [self.pack(column) for column in zip(*each, strict=True)]
            going = True
            while going and not leader.at_epoch_end:
                step = leader.position.step
                steps = min(LAUNCHED_STEPS, leader.steps_per_epoch - step)
                engines[0].launch(len(members), orders, parameters, velocity, config, step, steps)
                for member in members:
                    self.trainers[member].position.step += steps
                going = keep_going is None or keep_going()
            for row, member in enumerate(members):
                self.trainers[member].network.parameters.array[...] = parameters[row]
                if self.engines[member].plan.momentum:
                    self.engines[member].velocity[...] = velocity[row]
        return going

    def orders(self, members: list[int]) -> HostArray:
        """The order of every member's samples, int32 (members, n).

        Those of the next epoch are drawn by other threads while the device is busy with this one.
        """
        drawn = []
        for member in members:
            trainer = self.trainers[member]
            early = self.ordered.pop((member, trainer.position.epoch), None)
            drawn.append(early or self.pool.submit(trainer.order))
        result = np.array([order.result() for order in drawn], dtype=np.int32)
        for member in members:
            trainer = self.trainers[member]
            following = trainer.position.epoch + 1
            if following < trainer.config.epochs:
                draw = self.pool.submit(trainer.order, following)
                self.ordered[member, following] = draw
        return result

    def pack(self, arrays: Sequence[Array]) -> Array:
        return self.device.xp.stack(arrays)

    def check_finite(self, before: dict[int, Snapshot]) -> None:
        """Note every member whose parameters are not finite, with one host synchronisation."""
        xp = self.device.xp
        members = list(before)
        with self.device.active():
            packed = self.pack([self.trainers[m].network.parameters.array for m in members])
            finite = self.device.host(xp.isfinite(packed).all(axis=1))
        for member, well in zip(members, finite, strict=True):
            if not well:
                with self.giving_up(member):
                    self.trainers[member].check_finite(before[member])


class FusedPopulation(SharedLaunch):
    """Networks trained in shared launches on one data set that is stored once.

    Args:
        networks: alike but for their seeds, on one CUDA device.
        dataset: as for `fit`.
        config: one for all, or one for each.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        dataset: Dataset,
        config: TrainingConfig | Sequence[TrainingConfig],
    ) -> None:
        each = [config] * len(networks) if isinstance(config, TrainingConfig) else config
        super().__init__(
            [
                Trainer(network, dataset, own, None, "fused")
                for network, own in zip(networks, each, strict=True)
            ]
        )
