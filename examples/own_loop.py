"""Two ways to look into training: a callback after every epoch, and a loop of one's own."""

import numpy as np

import gpunet

digits = gpunet.load_dataset("digits")


def tell(record: gpunet.EpochRecord) -> None:
    print(f"epoch {record.epoch}: cost {record.cost:.4f}, accuracy {record.accuracy:.2%}")


network = gpunet.Network([64, 30, 10], seed=3, device="cpu")
gpunet.fit(network, digits, epochs=5, on_epoch=tell)

# The same mathematics by hand: chapter 1's equations (20) and (21), on the gradients of chapter 2.
network = gpunet.Network([64, 30, 10], seed=3, device="cpu", input_scale=digits.scale)
eta, m = 3.0, 10
order = np.random.default_rng(3)
for _ in range(5):
    shuffled = digits.train[order.permutation(len(digits.train))]
    for start in range(0, len(shuffled), m):
        batch = shuffled[start : start + m]
        gradients = network.backprop(batch.images, batch.labels)
        network.parameters.array -= np.float32(eta) * gradients.flat
print(f"by hand: accuracy {gpunet.evaluate(network, digits.validation).accuracy:.2%}")
