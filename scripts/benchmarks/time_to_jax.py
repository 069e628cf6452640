"""JAX, as scripts/benchmarks/time_to.py times it: an epoch is one jitted scan."""

from typing import Any

import numpy as np

from scripts.benchmarks.convolutions import JaxConvolutions
from scripts.benchmarks.peers import Workload
from scripts.benchmarks.reaching import Reacher

# Adam's, as gpunet and PyTorch have them.
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
# Images evaluated at a time.
CHUNK = 1000


class Model(JaxConvolutions):
    """The network of a workload, without data of its own."""

    def __init__(self, work: Workload) -> None:
        import jax

        self.jax, self.work, self.several = jax, work, ()


class JaxReacher(Reacher):
    """Plain SGD, SGD with momentum, or Adam, written out."""

    def rehearse(self) -> None:
        self.model = Model(self.work)
        self.jax = self.model.jax
        self.run = self.jax.jit(self.epoch, donate_argnums=0)
        self.classify = self.jax.jit(lambda p, x: self.model.forward(p, x).argmax(1))
        # Compiled code is for one number of samples: the rehearsal takes all of them.
        train, test = self.read()
        self.make(0, *train)
        self.train(self.work.learning_rate)
        self.evaluate(*test)

    def make(self, seed: int, x: Any, y: Any) -> None:
        jax = self.jax
        self.key = jax.random.key(seed)
        glorot, shaped = jax.nn.initializers.glorot_uniform(), self.model.make_parameters()
        keys = jax.random.split(jax.random.fold_in(self.key, 1), len(shaped))
        parameters = [(glorot(key, w.shape), b) for key, (w, b) in zip(keys, shaped, strict=True)]
        zeros = jax.tree.map(lambda p: 0 * p, parameters)
        self.state = (parameters, zeros, jax.tree.map(lambda p: 0 * p, parameters), 0.0)
        self.x, self.y = jax.device_put(self.shaped(x)), jax.device_put(y.astype(np.int32))

    def shaped(self, x: Any) -> Any:
        """Images as the network takes them."""
        return x.reshape(-1, 28, 28, 1) if self.work.convolutions else x

    def epoch(self, state: Any, key: Any, x: Any, y: Any, rate: Any) -> Any:
        jax, m = self.jax, self.work.batch_size
        steps = len(x) // m
        order = jax.random.permutation(key, len(x))[: steps * m].reshape(steps, m)

        def loss(parameters: Any, rows: Any) -> Any:
            scores = jax.nn.log_softmax(self.model.forward(parameters, x[rows]))
            return -scores[jax.numpy.arange(m), y[rows]].mean()

        def step(state: Any, rows: Any) -> Any:
            return self.update(state, jax.grad(loss)(state[0], rows), rate), None

        return jax.lax.scan(step, state, order)[0]

    def update(self, state: Any, gradient: Any, rate: Any) -> Any:
        """Parameters, velocity or mean, mean square, and number of steps, after a step."""
        parameters, mean, square, t = state
        each, momentum = self.jax.tree.map, self.config.momentum
        if self.config.optimizer != "adam":
            mean = each(lambda v, g: momentum * v - rate * g, mean, gradient)
            return each(lambda p, v: p + v, parameters, mean), mean, square, t + 1
        t = t + 1
        mean = each(lambda m, g: BETA1 * m + (1 - BETA1) * g, mean, gradient)
        square = each(lambda s, g: BETA2 * s + (1 - BETA2) * g * g, square, gradient)

        def moved(p: Any, m: Any, s: Any) -> Any:
            root = self.jax.numpy.sqrt(s / (1 - BETA2**t)) + EPSILON
            return p - rate * (m / (1 - BETA1**t)) / root

        return each(moved, parameters, mean, square), mean, square, t

    def train(self, rate: float) -> None:
        self.key, key = self.jax.random.split(self.key)
        self.state = self.jax.block_until_ready(self.run(self.state, key, self.x, self.y, rate))

    def evaluate(self, x: Any, y: Any) -> float:
        x = self.shaped(x)
        parts = [x[start : start + CHUNK] for start in range(0, len(x), CHUNK)]
        found = [self.classify(self.state[0], part) for part in parts]
        return float((np.concatenate(found) == y).mean())
