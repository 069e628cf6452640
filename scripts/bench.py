"""Compare gpunet's speed with other programs', interleaved in one run on this machine.

    scripts/python scripts/bench.py                    workloads A and W on MNIST
    scripts/python scripts/bench.py --only A --rounds 9
    scripts/python scripts/bench.py --device cuda      workloads A, M, W and P on a GPU

In every round each contender trains one epoch; the table gives the median time of a step, the
quartiles, and the median over the rounds of its ratio to gpunet's. Peers that are not installed
are left out, and said to be: pip install -e '.[bench]' brings them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gpunet
from gpunet.datasets.dataset import Dataset
from scripts.benchmarks.cuda import WORKLOADS as CUDA_WORKLOADS
from scripts.benchmarks.cuda import open_gpu, run_on_gpu
from scripts.benchmarks.frameworks import Jax, PyTorch, PyTorchFused, ScikitLearn, Thinc
from scripts.benchmarks.peers import BookLoop, Contender, Gpunet, PlainNumpy, Workload
from scripts.benchmarks.tables import describe_machine, measure, print_table

WORKLOADS = {
    "A": Workload("A", (784, 30, 10), "sigmoid", "quadratic", 10, 3.0, threads=1),
    "W": Workload("W", (784, 1000, 1000, 10), "relu", "log-likelihood", 128, 0.1, threads=None),
}
CONTENDERS: dict[str, list[type[Contender]]] = {
    "A": [Gpunet, BookLoop, PlainNumpy, ScikitLearn, Thinc, PyTorch, PyTorchFused, Jax],
    "W": [Gpunet, PlainNumpy, ScikitLearn, PyTorch, PyTorchFused, Jax],
}


def main() -> None:
    """Run the benchmark and print its tables."""
    names = sorted({*WORKLOADS, *(work.name for work in CUDA_WORKLOADS)})
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N  [default: cpu]")
    parser.add_argument("--only", choices=names, help="one workload instead of all")
    parser.add_argument("--rounds", type=positive, default=7)
    parser.add_argument("--samples", type=positive, default=50_000, help="of MNIST's first")
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
    results = {}
    for name in [options.only] if options.only else WORKLOADS:
        times, _ = measure(CONTENDERS[name], WORKLOADS[name], data, options.rounds)
        print_table(WORKLOADS[name], times, Gpunet.name)
        results[name] = times
    return {"machine": describe_machine(), "seconds_per_step": results}


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
