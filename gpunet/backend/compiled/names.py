"""What the compiled step is told by number: activations, costs, rules, and where things lie.

This module alone can be imported where Numba is not installed.
"""

# By the names of the activations and costs.
ACTIVATIONS = {"sigmoid": 0, "tanh": 1, "relu": 2, "linear": 3, "softmax": 4}
SIGMOID, TANH, RELU, LINEAR, SOFTMAX = ACTIVATIONS.values()
COSTS = {"quadratic": 0, "cross-entropy": 1, "log-likelihood": 2}
QUADRATIC, CROSS_ENTROPY, LOG_LIKELIHOOD = COSTS.values()

# What an optimizer does with a gradient.
DESCENT, MOMENTUM, NESTEROV, ADAM, ADAMW = range(5)
# Of the array of numbers that the rules make use of, the places: η; what a velocity is multiplied
# by before a step, and after it; 1 − ηλ/n, −ηλ/n, λ/n; β₁, β₂, 1 − β₁, 1 − β₂, ε; and for the step
# that is running η / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).
RATE, BEFORE, KEPT, DECAY, PULL, L2 = range(6)
BETA1, BETA2, REST1, REST2, EPSILON, RATE_NOW, ROOT_NOW = range(6, 13)
NUMBERS = 13

# What is told of a layer: inputs, neurons, numbers in a row, where its rows begin among the
# parameters and its samples in the workspaces, and its activation.
N_IN, N_OUT, ROW, ROWS_AT, SAMPLES_AT, ACTIVATION = range(6)
FIELDS = 6

# Numbers in a vector; rows are padded to a multiple of the least.
WIDTHS = (64, 32, 16)
LEAST = WIDTHS[-1]
# Inputs are numbered in 16 bits.
MOST_INPUTS = 1 << 16
