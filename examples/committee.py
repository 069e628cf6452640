"""Save networks, load them again on any device, and let them decide together."""

import gpunet

digits = gpunet.load_dataset("digits")
for seed in range(3):
    network = gpunet.Network([64, 20 + 10 * seed, 10], cost="cross-entropy", seed=seed)
    gpunet.fit(network, digits, epochs=10, learning_rate=0.5)
    gpunet.save(network, f"member{seed}.safetensors")

members = [gpunet.load(f"member{seed}.safetensors", device="cpu") for seed in range(3)]
committee = gpunet.Committee(members)
result = gpunet.evaluate(committee, digits.test)
for alone in result.members:
    print(f"alone {alone.accuracy:.2%}")
print(f"together {result.accuracy:.2%}")
print(f"the first test image is taken for a {committee.predict(digits.test.images[0])}")
