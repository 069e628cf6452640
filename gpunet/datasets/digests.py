"""SHA-256 of the decompressed files of the named data sets."""

# The files that come with gpunet, as scripts/make_digits.py makes them.
DIGITS = {
    "test-images-idx3-ubyte": "bb93ad140e83f5140bbded9a1b8579bccaf5d2b8c7a2e27f329b919974076cbb",
    "test-labels-idx1-ubyte": "3c5bf0f2a01be159ce50cbab2e1c13819f4978944319ab0cd224f6f9ba378f04",
    "train-images-idx3-ubyte": "69d48dd3f936e8d3d005d15e339c66a046d02998f339edfdff0000c6497499e9",
    "train-labels-idx1-ubyte": "305669e851e1891e920e8d56e90825d73996578bcdfc24861165b74991ac8eec",
    "validation-images-idx3-ubyte": (
        "7e39ff91910412c496738df034200f5b59f2e20116e542bcfd5f77bce475d8c5"
    ),
    "validation-labels-idx1-ubyte": (
        "497ee30f09809e81242da36a7a045169d0aa9b59b6f898c748a937866d729925"
    ),
}
# Of the decompressed bytes, since mirrors wrap the same files in different gzip headers.
MNIST = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
