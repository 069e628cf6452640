"""The names that options choose from, known without importing what they name.

The command line shows them in its help, before NumPy or anything else is imported. The objects with
these names are registered elsewhere, and a test compares the names with those tables.
"""

ACTIVATIONS = ("sigmoid", "tanh", "relu", "softmax", "linear")
COSTS = ("quadratic", "cross-entropy", "log-likelihood")
INITIALIZERS = ("large", "scaled", "glorot")
DROPOUT_SCALINGS = ("training", "evaluation")
OPTIMIZERS = ("sgd", "nesterov", "adam", "adamw")
ENGINES = ("auto", "eager", "graph", "fused", "compiled")
PRECISIONS = ("float32", "tf32", "bfloat16")
DTYPES = ("float32", "float64")
DATA_SETS = (
    "digits",
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-digits",
    "emnist-letters",
    "emnist-balanced",
    "qmnist",
)
TRAINED_ON = ("training", "all")
SPLITS = ("train", "validation", "test")
