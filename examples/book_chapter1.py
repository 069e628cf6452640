"""The session of the book's chapter 1, as printed there: only the import differs.

`python book_chapter1.py 3` trains for 3 epochs instead of the book's 30. It needs MNIST, which is
fetched if it is not here yet.
"""

import sys

from gpunet.book import mnist_loader, network

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 30

training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
net = network.Network([784, 30, 10])
net.SGD(training_data, epochs, 10, 3.0, test_data=test_data)
