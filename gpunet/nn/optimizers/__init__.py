"""Optimizers: what a step does with the gradients."""
