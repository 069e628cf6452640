"""Compare gpunet's speed with other programs', interleaved in one run on this machine.

    scripts/python scripts/bench.py                    workloads A, W, C1 and C2 on MNIST
    scripts/python scripts/bench.py --only A --rounds 9
    scripts/python scripts/bench.py --isa native avx2  each program twice, once held to AVX2
    scripts/python scripts/bench.py --device cuda      workloads A, M, W and P on a GPU

In every round each contender trains one epoch, on a CPU in a process of its own; the table gives
the median time of a step, the quartiles, the median over the rounds of its ratio to gpunet's, and
how much memory it takes beyond what importing does, 784 bytes an image included. Peers that are
not installed are left out, and said to be: pip install -e '.[bench]' brings them.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gpunet
from gpunet.datasets.dataset import Dataset
from scripts.benchmarks.alone import measure_alone
from scripts.benchmarks.convolutions import (
    JaxConvolutions,
    PyTorchChannelsLast,
    PyTorchCompiledConvolutions,
    PyTorchConvolutions,
)
from scripts.benchmarks.cuda import WORKLOADS as CUDA_WORKLOADS
from scripts.benchmarks.cuda import open_gpu, run_on_gpu
from scripts.benchmarks.frameworks import Jax, PyTorch, PyTorchFused, ScikitLearn, Thinc
from scripts.benchmarks.isa import ISAS
from scripts.benchmarks.peers import (
    BookLoop,
    Contender,
    Gpunet,
    GpunetWithoutNumba,
    PlainNumpy,
    Workload,
)
from scripts.benchmarks.tables import describe_machine, print_columns

# An epoch of a convolutional network takes long: a round is fewer images.
FEW = 5_000
C1 = Workload(
    "C1",
    (784, 100, 10),
    "relu",
    "log-likelihood",
    10,
    0.03,
    threads=1,
    convolutions=("20C5", "MP2"),
    samples=FEW,
)
C2 = replace(C1, name="C2", convolutions=("20C5", "MP2", "40C5", "MP2"))
WORKLOADS = {
    "A": Workload("A", (784, 30, 10), "sigmoid", "quadratic", 10, 3.0, threads=1),
    "W": Workload("W", (784, 1000, 1000, 10), "relu", "log-likelihood", 128, 0.1, threads=None),
    "C1": C1,
    "C2": C2,
}
CONVOLUTIONAL: list[type[Contender]] = [
    Gpunet,
    PyTorchConvolutions,
    PyTorchChannelsLast,
    PyTorchCompiledConvolutions,
    JaxConvolutions,
]
CONTENDERS: dict[str, list[type[Contender]]] = {
    "A": [
        *(Gpunet, GpunetWithoutNumba, BookLoop, PlainNumpy, ScikitLearn, Thinc),
        *(PyTorch, PyTorchFused, Jax),
    ],
    "W": [Gpunet, PlainNumpy, ScikitLearn, PyTorch, PyTorchFused, Jax],
    "C1": CONVOLUTIONAL,
    "C2": CONVOLUTIONAL,
}


def main() -> None:
    """Run the benchmark and print its tables."""
    names = sorted({*WORKLOADS, *(work.name for work in CUDA_WORKLOADS)})
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N  [default: cpu]")
    parser.add_argument("--only", choices=names, help="one workload instead of all")
    parser.add_argument(
        "--skip", action="append", default=[], metavar="WORD", help="programs with it in their name"
    )
    parser.add_argument("--threads", type=positive, help="on a CPU, in place of the workload's")
    parser.add_argument("--rounds", type=positive, default=7)
    parser.add_argument("--samples", type=positive, default=50_000, help="of MNIST's first")
    parser.add_argument(
        "--isa", nargs="+", choices=ISAS, default=["native"], help="on a CPU: held to AVX2, or not"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every time to FILE")
    options = parser.parse_args()
    try:
        record = compare(parser, options)
    except gpunet.GpunetError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    if options.json:
        options.json.write_text(json.dumps(record, indent=2) + "\n")


def compare(parser: argparse.ArgumentParser, options: argparse.Namespace) -> dict[str, Any]:
    """Run what was asked for, and return what is to be written."""
    if options.device != "cpu":
        device = open_gpu(options.device)
        data = first_samples(gpunet.load_dataset("mnist", say=print), options.samples)
        return run_on_gpu(device, data, options.only, options.rounds)
    if options.only and options.only not in WORKLOADS:
        parser.error(f"workload {options.only} needs --device cuda")
    data = first_samples(gpunet.load_dataset("mnist", say=print), options.samples)
    print(f"{describe_machine()}\n")
    record: dict[str, Any] = {"machine": describe_machine(), "workloads": {}}
    isas = list(dict.fromkeys(options.isa))
    for name in [options.only] if options.only else WORKLOADS:
        work = WORKLOADS[name]
        if options.threads:
            work = replace(work, threads=options.threads)
        few = first_samples(data, min(options.samples, work.samples or options.samples))
        if work.samples:
            work = replace(work, samples=len(few.train))
        kinds = [
            kind for kind in CONTENDERS[name] if not any(word in kind.name for word in options.skip)
        ]
        found = measure_alone(kinds, work, few, options.rounds, isas)
        print_columns(work, found, Gpunet.name)
        record["workloads"][name] = {
            isa: {contender: asdict(measured) for contender, measured in of_isa.items()}
            for isa, of_isa in found.items()
        }
    return record


def positive(text: str) -> int:
    """A whole number from 1, for argparse."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{number}: give a whole number from 1")
    return number


def first_samples(data: Dataset, samples: int) -> Dataset:
    """The data set with only its first training samples."""
    train = data.train[:samples]
    return Dataset(data.name, train, data.validation, data.test, data.shape, data.max_pixel)


if __name__ == "__main__":
    main()
