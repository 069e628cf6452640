"""Readers, one file format a file: IDX, npz, CSV, pickles, folders of pictures."""
