"""The mathematics: layers, activations, costs, optimizers, and the step bound from them.

Samples are rows. A layer computes a = f(a_below @ W.T + b), with W of shape (n_out, n_in).
"""
