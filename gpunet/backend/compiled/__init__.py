"""The training step for the CPU, compiled by Numba, a package that nothing else here needs.

`vectors` are the processor's registers as a type, `functions` the activations and costs on them,
`products` sums of rows, `rules` what an optimizer does with a gradient, `inputs` what goes into a
layer, `step` the step and the loop over them; `sources` and `machine_code` make code of it, and
keep it on the disk. `nn/step.py` is the truth they are held to. All of a layer's numbers lie in
rows, one for each of its inputs and a last one for the biases, so that an input that is zero costs
nothing.
"""
