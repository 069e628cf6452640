"""The ground floor: devices and the few primitives that NumPy and CuPy spell differently.

The only room that imports CuPy. `device` opens a device, `plain` holds the primitives as any array
module can do them (the truth), `cpu` and `cuda` their faster twins, `errors` what goes wrong.
"""
