"""The programs that scripts/bench.py compares on a GPU.

Each waits for the GPU at the end of `epoch`, and has compiled, captured and warmed up everything
in `prepare`. Those that take batches of one size only leave out a smaller last one, and count
their steps accordingly.
"""

from dataclasses import replace
from typing import Any

from gpunet.backend.choose import open_device
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from scripts.benchmarks.frameworks import Jax, PyTorch
from scripts.benchmarks.peers import Contender, Gpunet

# Steps captured into one graph, as gpunet's own graph engine does.
CAPTURED_STEPS = 20
WARM_UP_STEPS = 3
# Epochs in a row: the orders of the following one are drawn while the GPU is busy.
POPULATION_EPOCHS = 5


class GpunetOnGpu(Contender):
    """This package with one of its engines, as `fit` runs it."""

    engine: str

    def prepare(self) -> None:
        work = self.work
        network = Network(
            work.sizes,
            activation=work.activation,
            cost=work.cost,
            device=open_device(work.device, work.precision),
        )
        settings = TrainingConfig(
            epochs=1, batch_size=work.batch_size, learning_rate=work.learning_rate
        )
        self.trainer = Trainer(network, self.data, settings, None, self.engine)
        self.epoch()

    def epoch(self) -> None:
        trainer = self.trainer
        trainer.config = replace(trainer.config, epochs=trainer.position.epoch + 1)
        trainer.train()
        trainer.network.device.synchronize()


class GpunetEager(GpunetOnGpu):
    """Every operation launched by the host."""

    name = "gpunet, eager"
    engine = "eager"


class GpunetGraph(GpunetOnGpu):
    """Blocks of steps captured into a CUDA graph."""

    name = "gpunet, graph"
    engine = "graph"


class GpunetFused(GpunetOnGpu):
    """Thousands of steps in one launch."""

    name = "gpunet, fused"
    engine = "fused"


class GpunetOnCpu(Gpunet):
    """This package on the machine's processor."""

    name = "gpunet on the CPU"


class GpunetPopulation(Contender):
    """Many networks side by side, a thread block each."""

    name = "gpunet, side by side"

    def prepare(self) -> None:
        from gpunet.sweeps.executors.shared_launch import FusedPopulation

        work = self.work
        device = open_device(work.device, work.precision)
        networks = [
            Network(
                work.sizes, activation=work.activation, cost=work.cost, device=device, seed=seed
            )
            for seed in range(work.networks)
        ]
        settings = TrainingConfig(
            epochs=1, batch_size=work.batch_size, learning_rate=work.learning_rate
        )
        self.device = device
        # Evaluated after every epoch, which the others are not.
        self.population = FusedPopulation(networks, self.data, settings, self.data.validation)
        self.steps *= POPULATION_EPOCHS
        self.epoch()

    def epoch(self) -> None:
        for trainer in self.population.trainers:
            epochs = trainer.position.epoch + POPULATION_EPOCHS
            trainer.config = replace(trainer.config, epochs=epochs)
        self.population.train()
        self.device.synchronize()


class PyTorchOnGpu(PyTorch):
    """Eager, data on the GPU, rows gathered there."""

    name = "PyTorch, eager"

    def prepare(self) -> None:
        import torch

        if not torch.cuda.is_available():
            raise ImportError("this PyTorch sees no GPU")
        torch.cuda.set_device(self.work.device)
        high = self.work.precision == "tf32"
        torch.set_float32_matmul_precision("high" if high else "highest")
        super().prepare()
        self.loss_of = self.forward
        self.get_ready()
        self.epoch()

    def get_ready(self) -> None:
        """Whatever comes before the first step."""

    def forward(self, x: Any, y: Any) -> Any:
        torch, half = self.torch, self.work.precision == "bfloat16"
        # A cache of converted weights would outlive the step that is being captured.
        with torch.autocast("cuda", torch.bfloat16, enabled=half, cache_enabled=False):
            return self.loss(self.model(x), y)

    def step(self, x: Any, y: Any) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.loss_of(x, y).backward()
        self.optimizer.step()

    def order(self) -> Any:
        """A new order of the samples, drawn on the GPU."""
        return self.torch.randperm(self.samples, device=self.work.device)

    def epoch(self) -> None:
        for rows in self.order().split(self.work.batch_size):
            self.step(self.x[rows], self.y[rows])
        self.torch.cuda.synchronize()


class PyTorchCompiled(PyTorchOnGpu):
    """torch.compile, which captures graphs by itself in this mode; one-pass update."""

    name = "PyTorch, torch.compile reduce-overhead"
    fused = True

    def get_ready(self) -> None:
        self.steps = self.samples // self.work.batch_size
        self.loss_of = self.torch.compile(self.forward, mode="reduce-overhead")

    def epoch(self) -> None:
        m = self.work.batch_size
        for rows in self.order()[: self.steps * m].split(m):
            self.step(self.x[rows], self.y[rows])
        self.torch.cuda.synchronize()


class PyTorchCaptured(PyTorchOnGpu):
    """Whole steps in a CUDA graph, which finds its rows by a counter on the GPU."""

    name = "PyTorch, CUDA graph"
    fused = True

    def get_ready(self) -> None:
        torch, m, device = self.torch, self.work.batch_size, self.work.device
        self.steps = self.samples // m
        self.rows = torch.zeros((self.steps, m), dtype=torch.int64, device=device)
        self.counter = torch.zeros(1, dtype=torch.int64, device=device)
        self.shuffle()
        # As its documentation says: first some steps on a stream beside, then the capture.
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(min(WARM_UP_STEPS, self.steps)):
                self.next_step()
        torch.cuda.current_stream().wait_stream(beside)
        self.block = largest_divisor(self.steps, CAPTURED_STEPS)
        self.graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(self.graph):
            for _ in range(self.block):
                self.next_step()

    def shuffle(self) -> None:
        self.rows.copy_(self.order()[: self.rows.numel()].view_as(self.rows))
        self.counter.zero_()

    def next_step(self) -> None:
        rows = self.rows.index_select(0, self.counter).view(-1)
        self.step(self.x.index_select(0, rows), self.y.index_select(0, rows))
        self.counter.add_(1)

    def epoch(self) -> None:
        self.shuffle()
        for _ in range(self.steps // self.block):
            self.graph.replay()
        self.torch.cuda.synchronize()


class JaxOnGpu(Jax):
    """The whole epoch in one jitted scan."""

    name = "JAX, jitted scan"

    def prepare(self) -> None:
        self.steps = self.samples // self.work.batch_size
        super().prepare()


class JaxPopulation(JaxOnGpu):
    """The same, mapped over the networks."""

    name = "JAX, vmap of the jitted scan"


def largest_divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is at most `most`."""
    return max(d for d in range(1, most + 1) if number % d == 0)
