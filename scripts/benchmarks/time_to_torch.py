"""PyTorch, as scripts/benchmarks/time_to.py times it: eager, one-pass update."""

from typing import Any

from scripts.benchmarks.convolutions import SIDE, make_torch_model
from scripts.benchmarks.reaching import Reacher

# Images evaluated at a time.
CHUNK = 1000


class TorchReacher(Reacher):
    """A Sequential, autograd, and the fused SGD or Adam."""

    def make(self, seed: int, x: Any, y: Any) -> None:
        import torch

        self.torch = torch
        torch.manual_seed(seed)
        self.model = make_torch_model(torch.nn, self.work)
        for parameter in self.model.parameters():
            if parameter.dim() > 1:
                torch.nn.init.xavier_uniform_(parameter)
        adam = self.config.optimizer == "adam"
        kind: Any = torch.optim.Adam if adam else torch.optim.SGD
        more = {} if adam else {"momentum": self.config.momentum}
        self.optimizer = kind(
            self.model.parameters(), lr=self.work.learning_rate, fused=True, **more
        )
        self.x, self.y = self.put(x), torch.from_numpy(y.astype("int64"))

    def put(self, x: Any) -> Any:
        """Images as the network takes them."""
        taken = self.torch.from_numpy(x)
        return taken.view(-1, 1, SIDE, SIDE) if self.work.convolutions else taken

    def train(self, rate: float) -> None:
        torch = self.torch
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        for rows in torch.randperm(len(self.x)).split(self.work.batch_size):
            self.optimizer.zero_grad()
            output = self.model(self.x[rows])
            torch.nn.functional.cross_entropy(output, self.y[rows]).backward()
            self.optimizer.step()

    def evaluate(self, x: Any, y: Any) -> float:
        with self.torch.no_grad():
            found = [self.model(part).argmax(1) for part in self.put(x).split(CHUNK)]
        return float((self.torch.cat(found).numpy() == y).mean())
