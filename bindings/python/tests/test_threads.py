"""Long calls let other threads run; many threads at once get the same bytes."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import q2


@pytest.fixture
def no_forced_switches() -> Iterator[None]:
    """A thread loses the GIL only where it lets it go."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(before)


def others_ran_during(call: Callable[[], object], attempts: int) -> bool:
    """Whether another thread, which counts and yields, got on between the first and the last instruction of a call."""
    count, stop = 0, False

    def work() -> None:
        nonlocal count
        while not stop:
            count += 1
            time.sleep(0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        while count == 0:
            time.sleep(0)
        for _ in range(attempts):
            before = count
            call()
            if count != before:
                return True
        return False
    finally:
        stop = True
        thread.join()


X = np.ones((20000, 384), np.float32)
CODES = np.tile(q2.quantise(X)[0], (10, 1))


@pytest.mark.usefixtures("no_forced_switches")
@pytest.mark.parametrize(
    "call",
    [
        lambda: q2.quantise(X),
        lambda: q2.lee(CODES[0], CODES),
        lambda: q2.dot(X[0], CODES),
        lambda: q2.nearest(CODES[0], CODES, 10),
        lambda: q2.nearest(CODES[:50], CODES, 10),
        lambda: q2.key(CODES, 384),
    ],
    ids=["quantise", "lee", "dot", "nearest", "nearest many", "key"],
)
def test_long_calls_release_the_gil(call: Callable[[], object]) -> None:
    assert others_ran_during(call, 1000)


@pytest.mark.usefixtures("no_forced_switches")
def test_short_calls_keep_the_gil() -> None:
    assert not others_ran_during(lambda: q2.quantise(X[0]), 1000)


def test_threads_get_the_same_bytes(rng: np.random.Generator) -> None:
    x = rng.standard_normal((2000, 1024)).astype(np.float32)
    codes, keys = q2.quantise(x)
    with ThreadPoolExecutor(8) as pool:
        for got, numbers in pool.map(lambda _: q2.quantise(x), range(16)):
            np.testing.assert_array_equal(got, codes)
            np.testing.assert_array_equal(numbers, keys)
