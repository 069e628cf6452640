"""The compiled step, and the loop over the steps of an epoch."""

import numpy as np
from numba import njit

from gpunet.backend.compiled.functions import activate, chain, cost_of
from gpunet.backend.compiled.names import (
    ACTIVATION,
    DECAY,
    DESCENT,
    N_IN,
    N_OUT,
    ROW,
    ROWS_AT,
    SAMPLES_AT,
)
from gpunet.backend.compiled.products import (
    backward,
    forward_all,
    forward_few,
    learn_all,
    learn_biases,
    learn_few,
)
from gpunet.backend.compiled.rules import begin_step
from gpunet.backend.compiled.vectors import get, prefetch

# Bytes that the processor fetches at a time.
LINE = 64


@njit
def fetch(which, values, begins, labels, order, first, last):
    """Have samples `first` to `last` of an order fetched, which lie anywhere in the memory."""
    for k in range(first, last):
        sample = get(order, k)
        start, end = get(begins, sample), get(begins, sample + 1)
        for at in range(start, end, LINE // 4):
            prefetch(values, at)
        for at in range(start, end, LINE // 2):
            prefetch(which, at)
        prefetch(labels, sample)


@njit
def sort_inputs(which, values, begins, order, first, samples, row, counts, where, found):
    """For each input the samples in which it is not zero, as `learn_few` takes them.

    Args:
        counts: how many they are (inputs,).
        where: of each input, `samples` places for where their gradients lie.
        found: as many places for their values of the input.
    """
    counts[:] = 0
    for s in range(samples):
        sample = get(order, first + s)
        for k in range(get(begins, sample), get(begins, sample + 1)):
            i = np.int64(get(which, k))
            at = i * samples + get(counts, i)
            counts[i] += 1
            where[at] = s * row
            found[at] = get(values, k)


@njit
def gather_targets(labels, targets, order, first, samples, n, row, y, at):
    """Rows of y ← the samples' targets: unit vectors for labels, where there are any."""
    for s in range(samples):
        sample, to = get(order, first + s), at + s * row
        if len(labels):
            for j in range(n):
                y[to + j] = 0
            y[to + get(labels, sample)] = 1
        else:
            for j in range(n):
                y[to + j] = targets[sample, j]


@njit
def output_gradient(weights, order, first, samples, n, row, a, y, delta, at):
    """δ ← a − y, times the samples' weights if they have any: ∂C/∂z, or ∂C/∂a."""
    for s in range(samples):
        to = at + s * row
        counts = weights[get(order, first + s)] if len(weights) else np.float32(1.0)
        for j in range(to, to + n):
            delta[j] = (get(a, j) - get(y, j)) * counts


@njit
def costs_of(cost, weights, order, first, samples, n, row, a, y, at):
    """What samples cost in all."""
    found = 0.0
    for s in range(samples):
        each = cost_of(cost, a, y, at + s * row, n)
        found += each * weights[get(order, first + s)] if len(weights) else each
    return found


@njit(nogil=True, cache=True)
def train(
    layers, cost, cancels, rule, numbers, powers, w, v, s, a, delta, y,
    which, values, begins, labels, targets, weights, counts, where, found,
    order, batch_size, step, steps, measuring,
):  # fmt: skip
    """Run some steps of an epoch.

    Args:
        layers: int64 (layers, 6), the lowest first: N_IN, N_OUT and so on.
        cost: one of COSTS.
        cancels: whether ∂C/∂z of the output layer is a − y.
        rule, numbers, powers, w, v, s: as for `rules.apply` and `begin_step`.
        a, delta, y: workspaces for the outputs of all layers, their gradients, and targets.
        which, values, begins: the samples, as `Lists`.
        labels, targets: int32 (n,) and float32 (n, n_out), one of which is empty.
        weights: how much samples count, float32 (n,); empty for 1.
        counts, where, found: workspaces for `sort_inputs`.
        order: the order of the samples, int64 (n,).
        batch_size: samples a step; the last step takes what is left.
        step, steps: the first one, counted from the beginning of the epoch, and how many.
        measuring: whether the samples' costs are wanted, each as it was before its step.

    Returns:
        The costs in all; 0 where they are not wanted.
    """
    cost_in_all = 0.0
    bottom, top = layers[0], layers[-1]
    n_out, top_row, top_at = top[N_OUT], top[ROW], top[SAMPLES_AT]
    # Of an input that no sample has.
    idle = rule == DESCENT and numbers[DECAY] == 1
    for now in range(step, step + steps):
        first = now * batch_size
        samples = min(batch_size, len(order) - first)
        part = np.float32(1.0) / np.float32(samples)
        begin_step(rule, numbers, powers)
        fetch(which, values, begins, labels, order, first + samples,
              min(first + samples + batch_size, len(order)))  # fmt: skip
        gather_targets(labels, targets, order, first, samples, n_out, top_row, y, top_at)
        n_in, row, base, at = bottom[N_IN], bottom[ROW], bottom[ROWS_AT], bottom[SAMPLES_AT]
        forward_few(w, base, n_in, row, which, values, begins, order, first, samples, a, at)
        activate(bottom[ACTIVATION], a, at, row, samples, bottom[N_OUT])
        for number in range(1, len(layers)):
            below, layer = layers[number - 1], layers[number]
            n_in, row, base, at = layer[N_IN], layer[ROW], layer[ROWS_AT], layer[SAMPLES_AT]
            forward_all(w, base, n_in, row, a, below[SAMPLES_AT], below[ROW], samples, a, at)
            activate(layer[ACTIVATION], a, at, row, samples, layer[N_OUT])
        if measuring:
            cost_in_all += costs_of(
                cost, weights, order, first, samples, n_out, top_row, a, y, top_at
            )
        output_gradient(weights, order, first, samples, n_out, top_row, a, y, delta, top_at)
        if not cancels:
            chain(top[ACTIVATION], a, delta, top_at, top_row, samples, n_out)
        for number in range(len(layers) - 1, 0, -1):
            layer, below = layers[number], layers[number - 1]
            n_in, row, base, at = layer[N_IN], layer[ROW], layer[ROWS_AT], layer[SAMPLES_AT]
            below_row, below_at = below[ROW], below[SAMPLES_AT]
            backward(w, base, n_in, row, delta, at, samples, delta, below_at, below_row)
            chain(below[ACTIVATION], a, delta, below_at, below_row, samples, n_in)
            learn_all(rule, numbers, w, v, s, base, n_in, row, delta, at,
                      a, below_at, below_row, samples, part)  # fmt: skip
            learn_biases(rule, numbers, w, v, s, base + n_in * row, row, delta, at, samples, part)
        n_in, row, base, at = bottom[N_IN], bottom[ROW], bottom[ROWS_AT], bottom[SAMPLES_AT]
        sort_inputs(which, values, begins, order, first, samples, row, counts, where, found)
        learn_few(rule, numbers, w, v, s, base, n_in, row, delta, at,
                  counts, where, found, samples, part, idle)  # fmt: skip
        learn_biases(rule, numbers, w, v, s, base + n_in * row, row, delta, at, samples, part)
    return cost_in_all
