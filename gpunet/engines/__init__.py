"""Engines: how the bound training step is launched."""
