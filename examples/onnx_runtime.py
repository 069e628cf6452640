"""Train a network, write it as an ONNX model, and have onnxruntime read digits with it.

Needs onnx-ir and onnxruntime: pip install "gpunet[onnx]" onnxruntime
"""

import onnxruntime

import gpunet
from gpunet.interop import write_onnx

digits = gpunet.load_dataset("digits")
network = gpunet.Network([digits.features, 30, 10], cost="log-likelihood", seed=1)
gpunet.fit(network, digits, epochs=20, batch_size=10, learning_rate=0.5)
write_onnx(network, "digits.onnx", classes=digits.classes)

# From here on nothing of gpunet is needed but the images.
session = onnxruntime.InferenceSession("digits.onnx")
outputs, labels = session.run(None, {"images": digits.test.images})

print(f"accuracy in onnxruntime {(labels == digits.test.labels).mean():.2%}")
print(f"the first test image: {outputs[0, labels[0]]:.1%} a {labels[0]}")
same = (labels == network.predict(digits.test.images)).sum()
print(f"the same label for {same} of {len(labels)} images")
