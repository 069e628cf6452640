"""A competition in Kaggle's form: train.csv has labels, test.csv has none, answers go in a file.

Here both are made of the digits that come with gpunet; Kaggle's "Digit Recognizer" looks the same,
with pixel0 to pixel783. At the command line:

    gpunet train --data train.csv --hidden 30 --cost cross-entropy --learning-rate 0.5 --out run
    gpunet predict run test.csv --submission submission.csv
"""

import csv

import numpy as np

import gpunet

digits = gpunet.load_dataset("digits")
pixels = [f"pixel{number}" for number in range(digits.features)]
with open("train.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["label", *pixels])
    for split in (digits.train, digits.validation):
        table.writerows(np.column_stack([split.labels, split.images]))
with open("test.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(pixels)
    table.writerows(digits.test.images)

# From here on it is as with Kaggle's files. Of the rows some are kept back to validate and test.
data = gpunet.load_dataset("train.csv")
print(data)
network = gpunet.Network([data.features, 30, len(data.classes)], cost="cross-entropy", seed=1)
gpunet.fit(network, data, epochs=20, learning_rate=0.5)
print(f"accuracy on rows kept back: {gpunet.evaluate(network, data.test).accuracy:.2%}")

rows = np.loadtxt("test.csv", delimiter=",", skiprows=1, dtype=np.uint8)
answers = network.predict(rows)
with open("submission.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["ImageId", "Label"])
    table.writerows(enumerate(answers, start=1))  # Kaggle counts the rows from 1

# What only the competition knows.
print(f"submission.csv: {np.mean(answers == digits.test.labels):.2%} right")
