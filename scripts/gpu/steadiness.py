"""Checks of the steps themselves: nothing is allocated, and the host is never made to wait."""

import time
from typing import Any

from gpunet.backend.device import Device
from gpunet.core.errors import InputError
from gpunet.datasets.dataset import Dataset
from gpunet.engines.base import Engine
from gpunet.nn.network import Network
from gpunet.training.config import TrainingConfig
from gpunet.training.trainer import Trainer
from scripts.gpu.outcome import Outcome

# The GPU is kept busy this long, while the host is to ask for all the steps.
BUSY_SECONDS = 1.0
# A stream takes about a thousand launches before the host must wait; eager needs some 30 a step.
ASKED_STEPS = {"eager": 16, "graph": 40, "fused": 2000}
# At twice as many steps nothing more may be allocated.
COUNTED_STEPS = {"eager": 200, "graph": 400, "fused": 2000}
WAIT = r"""
extern "C" __global__ void wait(long long nanoseconds) {
    unsigned long long begin, now;
    asm volatile("mov.u64 %0, %globaltimer;" : "=l"(begin));
    do {
        asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now));
    } while (now - begin < nanoseconds);
}
"""


def check_steady(device: Device, engine: str, data: Dataset) -> Outcome:
    """Steps of A neither allocate nor wait.

    An engine's blocks are counted over N steps and over 2N: what grows is allocated by the steps,
    be it from the driver or from CuPy's own pool. Waiting is seen by keeping the GPU busy: a host
    that comes to the end of its steps while the GPU has not begun them was never made to wait.
    """
    sizes = [data.features, 30, len(data.classes)]
    network = Network(sizes, device=device, cost="cross-entropy")
    try:
        trainer = Trainer(
            network, data, TrainingConfig(epochs=1, batch_size=10, learning_rate=0.1), None, engine
        )
    except InputError as error:
        return Outcome.skip(str(error))
    with device.active():
        trainer.engine.begin(trainer.order())
        few = COUNTED_STEPS[engine]
        run_steps(trainer, few)  # compiles, and fills the pool
        counts = [count_blocks(device, trainer, steps) for steps in (few, 2 * few)]
        waited = waits(device, trainer, ASKED_STEPS[engine])
    from_driver, from_pool = (later - first for first, later in zip(*counts, strict=True))
    return judge_steps(few, from_driver, from_pool, waited)


def judge_steps(steps: int, from_driver: int, from_pool: int, waited: bool) -> Outcome:
    """Passed if so many more steps allocated nothing, and none waited."""
    good = not waited and from_driver == from_pool == 0
    return Outcome.judge(
        good,
        f"{steps} steps more: {from_driver} allocations of the driver's, {from_pool} of the "
        f"pool's; the host {'was made to wait' if waited else 'did not wait'}",
        allocations_from_driver=from_driver,
        blocks_from_pool=from_pool,
        waited=waited,
    )


def run_steps(trainer: Trainer, steps: int) -> None:
    """So many steps, over and over from the beginning of the epoch if there are not as many."""
    engine: Engine = trainer.engine
    at = 0
    while steps > 0:
        done = engine.run(at, steps)
        steps -= done
        at = at + done if at + done < trainer.steps_per_epoch else 0


def count_blocks(device: Device, trainer: Trainer, steps: int) -> tuple[int, int]:
    """How often memory was asked of the driver, and of CuPy's pool, in so many steps."""

    class Counter(device.xp.cuda.MemoryHook):  # type: ignore[misc, name-defined]
        name = "gpunet's count"
        from_driver = 0
        from_pool = 0

        def alloc_preprocess(self, **block: Any) -> None:
            self.from_driver += 1

        def malloc_preprocess(self, **block: Any) -> None:
            self.from_pool += 1

    with Counter() as counter:
        run_steps(trainer, steps)
    device.synchronize()
    return counter.from_driver, counter.from_pool


def waits(device: Device, trainer: Trainer, steps: int) -> bool:
    """Whether the host must wait for a busy GPU before it has asked for so many steps."""
    cuda = device.xp.cuda
    wait = device.xp.RawKernel(WAIT, "wait")
    wait((1,), (1,), (device.xp.int64(0),))
    run_steps(trainer, steps)
    device.synchronize()
    idle = cuda.Event()
    began = time.perf_counter()
    wait((1,), (1,), (device.xp.int64(BUSY_SECONDS * 1e9),))
    idle.record()
    run_steps(trainer, steps)
    asked_after = time.perf_counter() - began
    still_busy = not idle.done
    device.synchronize()
    return not (still_busy and asked_after < BUSY_SECONDS)
