"""The version, which every floor may want to know."""

__version__ = "0.1.0"
