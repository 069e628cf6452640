"""The fused kernel with real threads and a real barrier, watched by ThreadSanitizer.

It is the same text as on a GPU, with a thread of the host for each of a block's. ThreadSanitizer
reports two accesses to one place, one of them a write, that no barrier keeps apart, whether or not
they met.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpunet.backend.fused import THREADS, FusedPlan
from gpunet.nn.activations import ACTIVATIONS
from tests.pretended_gpu import HOPPER_SHARED, PretendedGpu

Array = np.ndarray[Any, Any]

# A block's; what a phase does must not depend on how many there are, but for one a sample at least.
FEW_THREADS = 64
SAMPLES = 23  # the last batch is smaller than the others
BEFORE = """
void wait_for_block();
#define BARRIER wait_for_block()
"""
# Runs an epoch of what stands in stdin, and writes the parameters. Two barriers take turns, for
# ThreadSanitizer believes that who leaves one has seen all that came to it, be it one round later.
AFTER = """
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <thread>
#include <vector>

static pthread_barrier_t barriers[2];
static int left_out;
static thread_local int passed, waited;

void wait_for_block() {
    if (++passed != left_out) pthread_barrier_wait(&barriers[waited++ % 2]);
}

template <typename Item> std::vector<Item> read(int items) {
    std::vector<Item> found(items);
    if ((int)fread(found.data(), sizeof(Item), items, stdin) != items) exit(2);
    return found;
}

int main(int, char** given) {
    left_out = atoi(given[1]);
    alignas(4 * sizeof(Real)) static unsigned char shared[INDEX_AT + 16 * BATCH];
    memory = shared;
    for (auto& barrier : barriers) pthread_barrier_init(&barrier, nullptr, THREADS);
    auto images = read<unsigned char>(SAMPLES * SIZES[0]);
    auto labels = read<int>(SAMPLES), order = read<int>(SAMPLES);
    auto parameters = read<Real>(PARAMETERS), velocity = read<Real>(PARAMETERS);
    auto config = read<Real>(4);
    const Job job = {images.data(), labels.data(), order.data(), parameters.data(),
                     velocity.data(), config[0], config[1], config[2], config[3],
                     SAMPLES, 0, (SAMPLES + BATCH - 1) / BATCH};
    std::vector<std::thread> block;
    for (int thread = 0; thread < THREADS; ++thread)
        block.emplace_back([&job, thread] { train_steps(job, thread); });
    for (auto& thread : block) thread.join();
    fwrite(parameters.data(), sizeof(Real), PARAMETERS, stdout);
}
"""


class FewThreads(FusedPlan):
    """A plan whose kernel has fewer threads."""

    def source(self) -> str:
        text = super().source()
        assert f" THREADS = {THREADS};" in text
        return text.replace(f" THREADS = {THREADS};", f" THREADS = {FEW_THREADS};")


def plan(sizes: tuple[int, ...], names: list[str], **changes: Any) -> FusedPlan:
    """A small network's plan, its cost the quadratic one."""
    known = [ACTIVATIONS[name].fused for name in names]
    fixed = {"batch_size": 10, "dtype": "float32", "momentum": False}
    return FewThreads(
        sizes=sizes,
        functions=tuple(function for function in known if function),
        cost_slope="a - y",
        cancels=False,
        shared_limit=HOPPER_SHARED,
        **{**fixed, **changes},
    )


# Between them every phase that there is, several slices and tiles, inputs in fours and one by one.
PLANS = {
    "momentum": plan((64, 12, 10), ["sigmoid", "sigmoid"], momentum=True),
    "softmax": plan((33, 35, 9, 5), ["tanh", "softmax", "softmax"], batch_size=12),
    "float64": plan((32, 10), ["relu"], dtype="float64"),
}
# For each plan, how many barriers there are to the end of the first step, and those of them that
# are not needed: where a thread goes on with the same outputs, or the same single pixels.
BARRIERS = {"momentum": (10, {7}), "softmax": (17, {2}), "float64": (7, {5})}


class Watched:
    """A plan's kernel built for ThreadSanitizer, and what it is to train on.

    Attributes:
        arrays: images, labels, order, parameters, velocity; learning rate, momentum, decay, scale.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.plan = PLANS[name]
        stream, (n_in, *_, n_out) = np.random.default_rng(1), self.plan.sizes
        images = stream.integers(0, 256, (SAMPLES, n_in), np.uint8)
        labels = stream.integers(0, n_out, SAMPLES).astype(np.int32)
        order = stream.permutation(SAMPLES).astype(np.int32)
        numbers = stream.normal(0, 0.3, (2, sum(self.plan.parameters))).astype(self.plan.dtype)
        config = np.array([0.5, 0.3, 0.99, 1 / 256], self.plan.dtype)
        self.arrays = [images, labels, order, *numbers, config]
        text, self.program = folder / f"{name}.cpp", folder / name
        text.write_text(BEFORE + self.plan.source() + AFTER)
        flags = ["-std=c++17", "-O1", "-g", "-fsanitize=thread", "-pthread", "-Wno-unknown-pragmas"]
        command = ["g++", *flags, f"-DSAMPLES={SAMPLES}", "-o", str(self.program), str(text)]
        built = subprocess.run(command, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr

    def run(self, left_out: int = 0) -> tuple[str, Array]:
        """What is reported, and the parameters; no thread waits at its barrier of that number."""
        command = [str(self.program), str(left_out)]
        done = self.call(command)
        if b"unexpected memory mapping" in done.stderr and shutil.which("setarch"):
            # Addresses are spread too widely for it.
            done = self.call(["setarch", platform.machine(), "-R", *command])
        said = done.stderr.decode()
        if said and "data race" not in said:
            pytest.skip(f"ThreadSanitizer does not run here: {said.splitlines()[0]}")
        assert done.returncode == 0
        return said, np.frombuffer(done.stdout, self.plan.dtype)

    def call(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        """Run the program, or what runs it, to the first report or the end."""
        options = {**os.environ, "TSAN_OPTIONS": "halt_on_error=1 exitcode=0"}
        given = b"".join(array.tobytes() for array in self.arrays)
        return subprocess.run(command, input=given, capture_output=True, env=options, check=False)


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Watched]:
    """Kernels by the names of their plans, each built once."""
    if not sys.platform.startswith("linux") or shutil.which("g++") is None:
        pytest.skip("no g++ on Linux")
    asked = ["g++", "-print-file-name=libtsan.so"]
    found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(found).is_absolute():
        pytest.skip("g++ has no libtsan")
    folder, built = tmp_path_factory.mktemp("races"), dict[str, Watched]()

    def get(name: str) -> Watched:
        if name not in built:
            built[name] = Watched(name, folder)
        return built[name]

    return get


@pytest.mark.parametrize("name", PLANS)
def test_threads_race_for_nothing(watch: Callable[[str], Watched], name: str) -> None:
    watched = watch(name)
    reported, parameters = watched.run()
    assert reported == ""
    # Real threads end with what the same text gives thread after thread.
    images, labels, order, expected, velocity, config = map(np.copy, watched.arrays)
    steps = -(-SAMPLES // watched.plan.batch_size)
    kernel = PretendedGpu().compile_fused(watched.plan)
    rates = [config[at : at + 1] for at in range(3)]
    kernel(1, images, labels, order, expected, velocity, *rates, config[3], SAMPLES, 0, steps)
    np.testing.assert_array_equal(parameters, expected)
    assert np.abs(parameters - watched.arrays[3]).max() > 0.01


@pytest.mark.parametrize("name", BARRIERS)
def test_a_barrier_left_out_is_reported(watch: Callable[[str], Watched], name: str) -> None:
    barriers, spare = BARRIERS[name]
    silent = {at for at in range(1, barriers + 1) if "data race" not in watch(name).run(at)[0]}
    assert silent == spare
