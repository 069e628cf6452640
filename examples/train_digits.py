"""Train a network on the digits that come with gpunet, and see which of them it confuses."""

import gpunet

digits = gpunet.load_dataset("digits")
print(digits)

network = gpunet.Network([digits.features, 30, 10], cost="cross-entropy", seed=1)
history = gpunet.fit(network, digits, epochs=20, batch_size=10, learning_rate=0.5, l2=0.1)
for record in history[::5]:
    print(f"epoch {record.epoch}: accuracy {record.accuracy:.2%} on the validation split")

result = gpunet.evaluate(network, digits.test)
print(f"test accuracy {result.accuracy:.2%}, {result.correct} of {result.total}")
for pair in result.most_confused():
    print(f"{pair.true} taken for {pair.predicted}: {pair.count}")
