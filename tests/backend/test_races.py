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

from gpunet.backend.fused import FusedPlan
from gpunet.backend.fused_division import Division
from gpunet.backend.fused_functions import FusedCost
from gpunet.nn.activations import ACTIVATIONS
from tests.pretended_gpu import HOPPER_SHARED, PretendedGpu

Array = np.ndarray[Any, Any]

SAMPLES = 23  # the last batch is smaller than the others
BEFORE = """
void wait_for_block();
void wait_for_warp();
void wait_for_lanes();
#define BARRIER wait_for_block()
#define WARP_BARRIER wait_for_warp()
#define LANE_BARRIER wait_for_lanes()
"""
# Runs an epoch of what stands in stdin, and writes parameters and outcome. Two barriers take turns,
# for ThreadSanitizer believes that who leaves one has seen all that came to it, be it one round
# later.
AFTER = """
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <thread>
#include <vector>

struct Barrier {
    pthread_barrier_t turns[2];
    explicit Barrier(int threads) {
        for (auto& turn : turns) pthread_barrier_init(&turn, nullptr, threads);
    }
};
static Barrier block(THREADS);
static std::vector<Barrier> warps(THREADS / WARP, Barrier(WARP)), lanes = warps;
static int left_out;
static thread_local int warp, passed, waited, waited_in_warp, waited_for_lanes;

void wait_for_block() {
    if (++passed != left_out) pthread_barrier_wait(&block.turns[waited++ % 2]);
}
void wait_for_warp() {
    if (++passed != left_out) pthread_barrier_wait(&warps[warp].turns[waited_in_warp++ % 2]);
}

// Where lanes exchange registers a GPU orders nothing in memory: ThreadSanitizer is not told of it.
extern "C" void AnnotateIgnoreSyncBegin(const char*, int), AnnotateIgnoreSyncEnd(const char*, int);
void wait_for_lanes() {
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
    pthread_barrier_wait(&lanes[warp].turns[waited_for_lanes++ % 2]);
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
}

template <typename Item> std::vector<Item> read(int items) {
    std::vector<Item> found(items);
    if ((int)fread(found.data(), sizeof(Item), items, stdin) != items) exit(2);
    return found;
}

int main(int, char** given) {
    left_out = atoi(given[1]);
    alignas(4 * sizeof(Real)) static unsigned char shared[SHARED_BYTES];
    memory = shared;
    auto images = read<unsigned char>(SAMPLES * SIZES[0]);
    auto labels = read<int>(SAMPLES), orders = read<int>(SAMPLES);
    auto parameters = read<Real>(PARAMETERS), velocity = read<Real>(PARAMETERS);
    auto config = read<Real>(4);
    double outcome[3];
    const Job job = {images.data(), labels.data(), orders.data(), parameters.data(),
                     velocity.data(), outcome, 1234567, config[1], config[2], config[3],
                     -config[0] / BATCH, -config[0] / (SAMPLES % BATCH),
                     SAMPLES, 2, 0, (SAMPLES + BATCH - 1) / BATCH};
    std::vector<Real> before(PARAMETERS), velocity_before(PARAMETERS);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < THREADS; ++thread)
        threads.emplace_back([&, thread] {
            warp = thread / WARP;
            run(job, job, before.data(), velocity_before.data(), true, thread);
        });
    for (auto& thread : threads) thread.join();
    fwrite(parameters.data(), sizeof(Real), PARAMETERS, stdout);
    fwrite(outcome, sizeof outcome, 1, stdout);
}
"""


def plan(sizes: tuple[int, ...], names: list[str], division: Division, **changes: Any) -> FusedPlan:
    """A small network's plan, its cost the quadratic one, divided among few threads."""
    known = [ACTIVATIONS[name].fused for name in names]
    fixed = {"dtype": "float32", "momentum": False, "decays": True}
    made = FusedPlan(
        sizes=sizes,
        functions=tuple(function for function in known if function),
        cost=FusedCost("(a - y) * (a - y)", "a - y"),
        cancels=False,
        batch_size=division.batch_size,
        shared_limit=HOPPER_SHARED,
        **{**fixed, **changes},
    )
    vars(made)["division"] = division  # where `cached_property` keeps it
    return made


# Between them every phase that there is: several passes, tiles and rounds of fetching, inputs in
# fours and one by one, and some that only some warps have.
PLANS = {
    "momentum": plan(
        (64, 12, 10), ["sigmoid", "sigmoid"], Division(2, 4, 1, 8, 2, 10), momentum=True
    ),
    "softmax": plan(
        (33, 35, 9, 5), ["tanh", "softmax", "softmax"], Division(2, 8, 3, 3, 1, 12, tiles=2)
    ),
    "float64": plan(
        (32, 10), ["relu"], Division(2, 16, 2, 1, 2, 10, bytes_held=True), dtype="float64"
    ),
}
# For each plan, how many barriers there are to the first update and the passes that follow it, and
# those of them that are not needed: of parameters, which are not read at once, and where a thread
# goes on with the same sample's row.
BARRIERS = {"momentum": (14, {2}), "softmax": (18, {2, 12}), "float64": (10, {2})}


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
        if said and not left_out and "data race" not in said:
            pytest.skip(f"ThreadSanitizer does not run here: {said.splitlines()[0]}")
        assert done.returncode == 0 or left_out
        return said, np.frombuffer(done.stdout, np.uint8)

    def call(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        """Run the program, or what runs it, to the first report or the end."""
        registers = self.program.with_suffix(".registers")  # which `everyone` stands for
        registers.write_text("race:^everyone$\n")
        options = f"halt_on_error=1 exitcode=0 suppressions={registers}"
        given = b"".join(array.tobytes() for array in self.arrays)
        return subprocess.run(
            command,
            input=given,
            capture_output=True,
            env={**os.environ, "TSAN_OPTIONS": options},
            check=False,
        )


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
    images, labels, orders, expected, velocity, config = map(np.copy, watched.arrays)
    rates, scale, outcome = np.split(config[:3], 3), config[3], np.empty(3)
    kernel, steps = (
        PretendedGpu().compile_fused(watched.plan),
        -(-SAMPLES // watched.plan.batch_size),
    )
    arrays = (np.zeros(1, np.int32), images, labels, orders, np.array([1234567], np.uint64))
    numbers = (expected, velocity, expected.copy(), velocity.copy(), *rates)
    counts = (SAMPLES, 2, 0, steps, SAMPLES, True, True)
    kernel(1, *arrays, *numbers, images, labels, outcome, scale, *counts)
    np.testing.assert_array_equal(
        parameters, np.concatenate([expected.view(np.uint8), outcome.view(np.uint8)])
    )
    assert np.abs(expected - watched.arrays[3]).max() > 0.01
    assert outcome[1] > 0
    assert outcome[2] == 1


@pytest.mark.parametrize("name", BARRIERS)
def test_a_barrier_left_out_is_reported(watch: Callable[[str], Watched], name: str) -> None:
    # As a race, or since an address was read that was not there yet.
    barriers, spare = BARRIERS[name]
    silent = {at for at in range(1, barriers + 1) if not watch(name).run(at)[0]}
    assert silent == spare
