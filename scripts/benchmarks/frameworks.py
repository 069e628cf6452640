"""The frameworks that scripts/bench.py compares, those of them that are installed."""

from typing import Any

import numpy as np

from scripts.benchmarks.peers import Contender

JAX_PRECISIONS = {
    "float32": "F32_F32_F32",
    "tf32": "TF32_TF32_F32",
    "bfloat16": "BF16_BF16_F32",
}


class ScikitLearn(Contender):
    """MLPClassifier, an epoch by `partial_fit`; its cost is always the log-loss."""

    name = "scikit-learn"
    imports = ("sklearn.neural_network",)

    def prepare(self) -> None:
        from sklearn.neural_network import MLPClassifier

        work = self.work
        self.model = MLPClassifier(
            hidden_layer_sizes=work.sizes[1:-1],
            activation="relu" if work.activation == "relu" else "logistic",
            solver="sgd",
            alpha=0.0,
            batch_size=work.batch_size,
            learning_rate_init=work.learning_rate / 10,
            momentum=0.0,
            random_state=0,
        )
        self.x, self.y = self.inputs(), self.data.train.labels
        self.classes = np.arange(work.sizes[-1])

    def epoch(self) -> None:
        with self.threads():
            self.model.partial_fit(self.x, self.y, classes=self.classes)


class Thinc(Contender):
    """thinc.api: chain of layers, its own SGD and its own mini-batches."""

    name = "Thinc"
    imports = ("thinc.api",)

    def prepare(self) -> None:
        from thinc.api import SGD, NumpyOps, Relu, Sigmoid, Softmax, chain, set_current_ops

        set_current_ops(NumpyOps())
        hidden = Relu if self.work.activation == "relu" else Sigmoid
        layers = [hidden(n) for n in self.work.sizes[1:-1]]
        layers.append((Softmax if self.work.softmax else Sigmoid)(self.work.sizes[-1]))
        self.x, self.y = self.inputs(), self.targets()
        self.model = chain(*layers)
        self.model.initialize(X=self.x[:8], Y=self.y[:8])
        self.optimizer = SGD(self.work.learning_rate, L2=0.0, grad_clip=0.0, use_averages=False)

    def epoch(self) -> None:
        m = self.work.batch_size
        with self.threads():
            for x, y in self.model.ops.multibatch(m, self.x, self.y, shuffle=True):
                a, backprop = self.model.begin_update(x)
                backprop((a - y) / len(x))
                self.model.finish_update(self.optimizer)


class PyTorch(Contender):
    """Eager: a Sequential, a loss, autograd and torch.optim.SGD."""

    name = "PyTorch"
    imports = ("torch",)
    fused = False

    def prepare(self) -> None:
        import torch

        self.torch = torch
        torch.manual_seed(0)
        work = self.work
        self.model = self.make_model().to(work.device)
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=work.learning_rate, fused=self.fused
        )
        self.x = torch.tensor(self.inputs(), device=work.device)
        y = self.data.train.labels.astype(np.int64) if work.softmax else self.targets()
        self.y = torch.tensor(y, device=work.device)

    def make_model(self) -> Any:
        """The network; softmax is part of its loss."""
        torch, work, layers = self.torch, self.work, []
        for n_in, n_out in zip(work.sizes[:-1], work.sizes[1:], strict=True):
            layers.append(torch.nn.Linear(n_in, n_out))
            layers.append(torch.nn.ReLU() if work.activation == "relu" else torch.nn.Sigmoid())
        return torch.nn.Sequential(*(layers[:-1] if work.softmax else layers))

    def loss(self, output: Any, y: Any) -> Any:
        if self.work.softmax:
            return self.torch.nn.functional.cross_entropy(output, y)
        return 0.5 * self.torch.nn.functional.mse_loss(output, y, reduction="sum") / len(y)

    def epoch(self) -> None:
        torch, threads = self.torch, self.torch.get_num_threads()
        torch.set_num_threads(self.work.threads or threads)
        for rows in torch.randperm(self.samples).split(self.work.batch_size):
            self.optimizer.zero_grad()
            self.loss(self.model(self.x[rows]), self.y[rows]).backward()
            self.optimizer.step()
        torch.set_num_threads(threads)


class PyTorchFused(PyTorch):
    """The same with the optimizer's one-pass update."""

    name = "PyTorch, fused SGD"
    fused = True


class Jax(Contender):
    """The whole epoch in one jitted scan, the parameters given away to it."""

    name = "JAX, jitted scan"
    imports = ("jax", "jax.numpy")

    def prepare(self) -> None:
        import jax

        self.jax = jax
        work = self.work
        kind, _, ordinal = work.device.partition(":")
        device = jax.devices(kind)[int(ordinal or 0)]
        m, steps = work.batch_size, self.samples // work.batch_size
        # By itself JAX multiplies in TF32 on a GPU.
        precision = JAX_PRECISIONS[work.precision] if kind == "cuda" else None
        self.several = (work.networks,) if work.networks > 1 else ()
        parameters = self.make_parameters()

        def loss(parameters: Any, x: Any, y: Any) -> Any:
            with jax.default_matmul_precision(precision):
                z = self.forward(parameters, x)
            if work.softmax:
                return -(jax.nn.log_softmax(z) * y).sum() / m
            return 0.5 * ((jax.nn.sigmoid(z) - y) ** 2).sum() / m

        def epoch(parameters: Any, key: Any, x: Any, y: Any) -> Any:
            order = jax.random.permutation(key, len(x))[: steps * m].reshape(steps, m)

            def step(parameters: Any, rows: Any) -> Any:
                gradients = jax.grad(loss)(parameters, x[rows], y[rows])
                updated = jax.tree.map(
                    lambda p, g: p - work.learning_rate * g, parameters, gradients
                )
                return updated, None

            return jax.lax.scan(step, parameters, order)[0]

        if self.several:
            epoch = jax.vmap(epoch, in_axes=(0, 0, None, None))
        self.run = jax.jit(epoch, donate_argnums=0)
        # What lies on a device for good decides where it is computed.
        self.parameters = jax.device_put(parameters, device)
        self.key = jax.device_put(jax.random.key(0), device)
        self.x, self.y = (jax.device_put(a, device) for a in (self.inputs(), self.targets()))
        self.epoch()  # compiles

    def make_parameters(self) -> Any:
        """Weights and biases of each layer."""
        jnp, work, stream = self.jax.numpy, self.work, np.random.default_rng(0)
        return [
            (
                jnp.asarray(
                    stream.standard_normal((*self.several, i, o)) / np.sqrt(i), jnp.float32
                ),
                jnp.zeros((*self.several, o)),
            )
            for i, o in zip(work.sizes[:-1], work.sizes[1:], strict=True)
        ]

    def forward(self, parameters: Any, x: Any) -> Any:
        """What the output neurons sum up."""
        nn = self.jax.nn
        hidden = nn.relu if self.work.activation == "relu" else nn.sigmoid
        for w, b in parameters[:-1]:
            x = hidden(x @ w + b)
        return x @ parameters[-1][0] + parameters[-1][1]

    def epoch(self) -> None:
        self.key, key = self.jax.random.split(self.key)
        keys = self.jax.random.split(key, self.several) if self.several else key
        self.parameters = self.jax.block_until_ready(
            self.run(self.parameters, keys, self.x, self.y)
        )
