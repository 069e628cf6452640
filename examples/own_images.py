"""Train on image files of one's own: a folder with one sub-folder for each class.

Here the files are made first, dark on white paper and of several sizes as scans are. Images of
different sizes are brought to 28 × 28 as MNIST's were; the note of the data set says so.
"""

from pathlib import Path

from PIL import Image

import gpunet

digits = gpunet.load_dataset("digits")
for number, (pixels, label) in enumerate(
    zip(digits.train.images, digits.train.labels, strict=True)
):
    path = Path("handwriting", str(label), f"{number}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    side = 80 + number % 40
    Image.fromarray(255 - 15 * pixels.reshape(8, 8)).resize((side, side)).save(path)

handwriting = gpunet.load_dataset("handwriting")
print(f"{handwriting}: {handwriting.note}")

sizes = [handwriting.features, 30, len(handwriting.classes)]
network = gpunet.Network(sizes, cost="cross-entropy")
gpunet.fit(network, handwriting, epochs=20, learning_rate=0.5, rotation=5)
print(f"test accuracy {gpunet.evaluate(network, handwriting.test).accuracy:.2%}")
gpunet.save(network, "handwriting.safetensors")
