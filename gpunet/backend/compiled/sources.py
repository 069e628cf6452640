"""The functions that are compiled, by name, and what LLVM is given of them.

The types of their arguments: a NumPy type with a star is a pointer, `int` a whole number.
"""

from hashlib import sha256
from pathlib import Path

BYTES, FLOATS, PLACES, WHICH = "uint8*", "float32*", "int64*", "uint16*"
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "run_steps": (
        *(PLACES, "int", "int", "int", "int", FLOATS, FLOATS, FLOATS, FLOATS, FLOATS),
        *(FLOATS, FLOATS, FLOATS, WHICH, FLOATS, PLACES, PLACES, PLACES, PLACES, FLOATS),
        *(WHICH, FLOATS, PLACES, "int32*", "int", FLOATS, FLOATS, "int"),
        *(PLACES, "int", "int", "int", "int", "int"),
    ),
    "count_bytes": (BYTES, "int", "int", PLACES),
    "count_floats": (FLOATS, "int", "int", PLACES),
    "write_bytes": (BYTES, "int", "int", FLOATS, PLACES, WHICH, FLOATS),
    "write_floats": (FLOATS, "int", "int", FLOATS, PLACES, WHICH, FLOATS),
}


def digest_of_sources() -> str:
    """Of the texts from which they are compiled."""
    texts = (file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    return sha256(b"".join(texts)).hexdigest()


def llvm_of(name: str) -> tuple[str, str]:
    """A function's own name and its text, in LLVM's language, optimised."""
    from numba import njit, types

    from gpunet.backend.compiled.inputs import count_inputs, write_inputs
    from gpunet.backend.compiled.step import run_steps

    known = {
        "run_steps": run_steps,
        "count_bytes": count_inputs,
        "count_floats": count_inputs,
        "write_bytes": write_inputs,
        "write_floats": write_inputs,
    }
    kinds = tuple(
        types.CPointer(getattr(types, kind[:-1])) if "*" in kind else types.int64
        for kind in FUNCTIONS[name]
    )
    # Nothing of Python: no wrapper to be called by, and no exception, not even for a division by 0.
    alone = njit(kinds, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        known[name].py_func
    )
    signature = alone.signatures[0]
    return alone.overloads[signature].fndesc.llvm_func_name, alone.inspect_llvm(signature)
