"""Tensors and networks on disk."""
