"""The step, and the loop over the steps of an epoch."""

from typing import Any

import numpy as np
from numba import njit

from gpunet.backend.compiled.functions import activate, chain, cost_of
from gpunet.backend.compiled.inputs import fetch, find_inputs, list_outputs, sort_inputs
from gpunet.backend.compiled.names import (
    ACTIVATION,
    DECAY,
    DESCENT,
    FIELDS,
    N_IN,
    N_OUT,
    ROW,
    ROWS_AT,
    SAMPLES_AT,
)
from gpunet.backend.compiled.products import backward, forward, learn
from gpunet.backend.compiled.rules import begin_step
from gpunet.backend.compiled.vectors import get, offset, put


@njit
def gather_targets(labels, targets, labelled, order, first, samples, n, row, y, at):
    """Rows of y ← the samples' targets: unit vectors where they have labels."""
    for k in range(samples):
        sample = get(order, first + k)
        for j in range(n):
            put(y, at + j, 0 if labelled else get(targets, sample * n + j))
        if labelled:
            put(y, at + get(labels, sample), 1)
        at += row


@njit
def output_gradient(weights, weighted, order, first, samples, n, row, a, y, delta, at):
    """δ ← a − y, times the samples' weights if they have any: ∂C/∂z, or ∂C/∂a."""
    for k in range(samples):
        counts = get(weights, get(order, first + k)) if weighted else np.float32(1.0)
        for j in range(at, at + n):
            put(delta, j, (get(a, j) - get(y, j)) * counts)
        at += row


@njit
def costs_of(cost, weights, weighted, order, first, samples, n, row, a, y, at):
    """What samples cost in all."""
    found = 0.0
    for k in range(samples):
        each = cost_of(cost, a, y, at + k * row, n)
        found += each * get(weights, get(order, first + k)) if weighted else each
    return found


@njit
def feedforward(
    layers, depth, w, a, outputs_which, outputs_values, which, values, firsts, lasts, samples, most
):  # fmt: skip
    """a ← the outputs of all layers, and lists of those that go into the next layer."""
    for number in range(depth):
        own = number * FIELDS
        n_in, row, n_out = get(layers, own + N_IN), get(layers, own + ROW), get(layers, own + N_OUT)
        base, at = get(layers, own + ROWS_AT), get(layers, own + SAMPLES_AT)
        first, last = offset(firsts, number * most), offset(lasts, number * most)
        if number == 0:
            forward(w, base, n_in, row, which, values, first, last, samples, a, at)
        else:
            forward(
                w, base, n_in, row, outputs_which, outputs_values, first, last, samples, a, at
            )  # fmt: skip
        activate(get(layers, own + ACTIVATION), a, at, row, samples, n_out)
        if number < depth - 1:
            list_outputs(a, at, row, n_out, samples, outputs_which, outputs_values,
                         offset(first, most), offset(last, most))  # fmt: skip


@njit
def backpropagate(
    layers, depth, rule, numbers, w, v, s, a, delta, outputs_which, outputs_values, which, values,
    firsts, lasts, samples, most, counts, where, found, idle,
):  # fmt: skip
    """Change all parameters, given the output layer's ∂C/∂z in delta."""
    for number in range(depth - 1, -1, -1):
        own = number * FIELDS
        n_in, row = get(layers, own + N_IN), get(layers, own + ROW)
        base, at = get(layers, own + ROWS_AT), get(layers, own + SAMPLES_AT)
        first, last = offset(firsts, number * most), offset(lasts, number * most)
        if number == 0:
            sort_inputs(
                which, values, first, last, samples, row, n_in, counts, where, found
            )  # fmt: skip
        else:
            below = own - FIELDS
            to, step = get(layers, below + SAMPLES_AT), get(layers, below + ROW)
            backward(w, base, n_in, row, delta, at, samples, delta, to, step)
            chain(get(layers, below + ACTIVATION), a, delta, to, step, samples, n_in)
            sort_inputs(
                outputs_which, outputs_values, first, last, samples, row, n_in, counts, where, found
            )  # fmt: skip
        learn(rule, numbers, w, v, s, base, n_in, row, delta, at, counts, where, found, samples,
              idle)  # fmt: skip


@njit
def run_steps(
    layers: Any,
    depth: Any,
    cost: Any,
    cancels: Any,
    rule: Any,
    numbers: Any,
    powers: Any,
    w: Any,
    v: Any,
    s: Any,
    a: Any,
    delta: Any,
    y: Any,
    outputs_which: Any,
    outputs_values: Any,
    firsts: Any,
    lasts: Any,
    counts: Any,
    where: Any,
    found: Any,
    which: Any,
    values: Any,
    begins: Any,
    labels: Any,
    labelled: Any,
    targets: Any,
    weights: Any,
    weighted: Any,
    order: Any,
    samples_in_all: Any,
    batch_size: Any,
    step: Any,
    steps: Any,
    measuring: Any,
) -> float:
    """Run some steps of an epoch. Arrays are pointers, lengths and answers whole numbers.

    Args:
        layers: (depth, FIELDS), the lowest first: N_IN, N_OUT and so on.
        cost: one of COSTS.
        cancels: whether ∂C/∂z of the output layer is a − y.
        rule, numbers, powers, w, v, s: as for `rules.apply` and `begin_step`.
        a, delta, y: workspaces for the outputs of all layers, their gradients, and targets.
        outputs_which, outputs_values: workspaces as large, for lists of the outputs.
        firsts, lasts: workspaces for where lists begin and end (depth, batch_size).
        counts, where, found: workspaces for `sort_inputs`.
        which, values, begins: the samples, as `Lists`.
        labels, labelled, targets: (n,), whether there are any, and else (n, n_out).
        weights, weighted: how much samples count (n,), and whether they have any.
        order, samples_in_all: the order of the samples (n,), and n.
        batch_size: samples a step; the last step takes what is left.
        step, steps: the first one, counted from the beginning of the epoch, and how many.
        measuring: whether the samples' costs are wanted, each as it was before its step.

    Returns:
        The costs in all; 0 where they are not wanted.
    """
    highest, cost_in_all = (depth - 1) * FIELDS, 0.0
    n_out, row = get(layers, highest + N_OUT), get(layers, highest + ROW)
    top, output = get(layers, highest + SAMPLES_AT), get(layers, highest + ACTIVATION)
    idle = rule == DESCENT and get(numbers, DECAY) == 1
    for now in range(step, step + steps):
        first = now * batch_size
        samples = min(batch_size, samples_in_all - first)
        after = min(first + samples + batch_size, samples_in_all)
        fetch(which, values, begins, labels, labelled, order, first + samples, after)
        begin_step(rule, numbers, powers)
        find_inputs(begins, order, first, samples, firsts, lasts)
        gather_targets(labels, targets, labelled, order, first, samples, n_out, row, y, top)
        feedforward(
            layers, depth, w, a, outputs_which, outputs_values, which, values,
            firsts, lasts, samples, batch_size,
        )  # fmt: skip
        if measuring:
            cost_in_all += costs_of(
                cost, weights, weighted, order, first, samples, n_out, row, a, y, top
            )
        output_gradient(weights, weighted, order, first, samples, n_out, row, a, y, delta, top)
        if not cancels:
            chain(output, a, delta, top, row, samples, n_out)
        backpropagate(
            layers, depth, rule, numbers, w, v, s, a, delta, outputs_which, outputs_values,
            which, values, firsts, lasts, samples, batch_size, counts, where, found, idle,
        )  # fmt: skip
    return cost_in_all
