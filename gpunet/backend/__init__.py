"""Devices and the few primitives that NumPy and CuPy spell differently.

The only package that imports CuPy. `choose` opens a device, `plain` holds the primitives as any
array module can do them (the reference), `cpu` and `cuda_primitives` their faster versions.
"""
