"""Digests of the files of the named data sets: SHA-256 of 64 digits, MD5 of 32.

Of MNIST and the embedded digits they are those of the decompressed bytes, measured here. The others
are those of the gzipped files, as they are published: SHA-256 by TensorFlow Datasets (Fashion-MNIST
and KMNIST), MD5 by torchvision (EMNIST's archive, QMNIST).
"""

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
FASHION_MNIST = {
    "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
KMNIST = {
    "train-images-idx3-ubyte": "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
    "train-labels-idx1-ubyte": "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    "t10k-images-idx3-ubyte": "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
    "t10k-labels-idx1-ubyte": "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
}
EMNIST_ZIP = "58c8d27c78d21e728a6bc7b3cc06412e"
QMNIST = {
    "qmnist-train-images-idx3-ubyte": "ed72d4157d28c017586c42bc6afe6370",
    "qmnist-train-labels-idx2-int": "0058f8dd561b90ffdd0f734c6a30e5e4",
    "qmnist-test-images-idx3-ubyte": "1394631089c404de565df7b7aeaf9412",
    "qmnist-test-labels-idx2-int": "5b5b05890a5e13444e108efe57b788aa",
}
