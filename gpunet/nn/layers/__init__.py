"""Layers: what each computes forward and backward, bound to a batch."""
