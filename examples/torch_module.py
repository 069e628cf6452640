"""Bring a PyTorch module in, train it on the digits, and take it back.

Needs PyTorch: pip install "gpunet[torch]"
"""

import torch
from torch import nn

import gpunet
from gpunet.interop import from_torch, to_torch

torch.manual_seed(1)
module = nn.Sequential(
    nn.Unflatten(1, (1, 8, 8)),
    nn.Conv2d(1, 8, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8 * 3 * 3, 10),
)

digits = gpunet.load_dataset("digits")
# The module ends as CrossEntropyLoss wants it, without the softmax that the network has.
network = from_torch(module, cost="log-likelihood", seed=1)
print(network)
gpunet.fit(network, digits, epochs=20, batch_size=10, learning_rate=0.1)
print(f"accuracy in gpunet: {gpunet.evaluate(network, digits.test).accuracy:.2%}")

trained = to_torch(network)
images = torch.from_numpy(digits.test.images) * network.input_scale
labels = trained(images).argmax(dim=1).numpy()
print(f"accuracy in PyTorch again: {(labels == digits.test.labels).mean():.2%}")
