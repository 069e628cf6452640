"""One accuracy is no result: train ten networks that differ in their seed, and give the spread.

At the command line, where several are trained at a time:

    gpunet train --networks 10 --hidden 15 --cost cross-entropy --learning-rate 0.5 --epochs 10
"""

from statistics import mean, stdev

import gpunet

digits = gpunet.load_dataset("digits")
accuracies = []
for seed in range(10):
    network = gpunet.Network([64, 15, 10], cost="cross-entropy", seed=seed)
    gpunet.fit(network, digits, monitor=None, epochs=10, learning_rate=0.5)
    accuracies.append(100 * gpunet.evaluate(network, digits.test).accuracy)

print(f"test accuracy {mean(accuracies):.2f} ± {stdev(accuracies):.2f} % over {len(accuracies)}")
print(f"from {min(accuracies):.2f} to {max(accuracies):.2f} %")
