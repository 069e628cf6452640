"""Bytes on disk and images: reading data sets, splitting them, and handing out mini-batches."""
