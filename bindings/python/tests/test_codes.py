"""key, lee and nearest against plain numpy and Python."""

from __future__ import annotations

import numpy as np
import pytest

import q2

POPCOUNT = np.array([bin(i).count("1") for i in range(256)], np.uint32)


def random_codes(rng: np.random.Generator, count: int, n: int) -> np.ndarray:
    return q2.quantise(rng.standard_normal((count, n)).astype(np.float32))[0]


def distances_of(query: np.ndarray, codes: np.ndarray) -> np.ndarray:
    return POPCOUNT[query ^ codes].sum(axis=1, dtype=np.uint32)


@pytest.mark.parametrize("n", [1, 5, 384, 1000, 4096])
def test_lee(rng: np.random.Generator, isa: str, n: int) -> None:
    codes = random_codes(rng, 50, n)
    want = distances_of(codes[0], codes)
    np.testing.assert_array_equal(q2.lee(codes[0], codes), want)
    assert q2.lee(codes[0], codes).dtype == np.uint32
    assert q2.lee(codes[0], codes[7]) == want[7]
    assert q2.lee(codes[0].tobytes(), bytearray(codes[7])) == want[7]
    np.testing.assert_array_equal(q2.lee(codes[0], codes[::3]), want[::3])
    assert q2.lee(codes[0], codes[:0]).shape == (0,)


def test_bits_beyond_n_count_unless_n_says_less() -> None:
    a, b = np.array([0b00000000], np.uint8), np.array([0b00000011], np.uint8)
    assert q2.lee(a, b) == 2
    assert q2.lee(a, b, 3) == 0


@pytest.mark.parametrize("n", [3, 384])
def test_nearest(rng: np.random.Generator, isa: str, n: int) -> None:
    codes, queries = random_codes(rng, 500, n), random_codes(rng, 9, n)
    many_ids, many_distances = q2.nearest(queries, codes, 12)
    assert (many_ids.shape, many_ids.dtype, many_distances.dtype) == ((9, 12), np.uint64, np.uint32)
    for i, query in enumerate(queries):
        want = distances_of(query, codes)
        order = np.lexsort((np.arange(500), want))[:12]  # by distance, ties by lower index
        ids, distances = q2.nearest(query, codes, 12)
        np.testing.assert_array_equal(ids, order)
        np.testing.assert_array_equal(distances, want[order])
        np.testing.assert_array_equal(many_ids[i], order)
        np.testing.assert_array_equal(many_distances[i], want[order])


def test_nearest_of_rows_that_lie_apart(rng: np.random.Generator) -> None:
    wide = random_codes(rng, 60, 400)
    np.testing.assert_array_equal(q2.nearest(wide[::2, :96], wide[1::3, :96], 5), q2.nearest(wide[::2, :96].copy(), wide[1::3, :96].copy(), 5))


def test_fewer_codes_than_k(rng: np.random.Generator) -> None:
    codes = random_codes(rng, 3, 64)
    ids, distances = q2.nearest(codes[0], codes, 10)
    assert (len(ids), len(distances), ids[0]) == (3, 3, 0)
    assert q2.nearest(codes, codes, 10)[0].shape == (3, 3)
    assert [a.shape for a in q2.nearest(codes[0], codes[:0], 10)] == [(0,), (0,)]
    assert [a.shape for a in q2.nearest(codes, codes[:0], 10)] == [(3, 0), (3, 0)]
    assert [a.shape for a in q2.nearest(codes[:0], codes, 2)] == [(0, 2), (0, 2)]


def test_keys_of_codes(rng: np.random.Generator, isa: str) -> None:
    x = rng.standard_normal((20, 37)).astype(np.float32)
    codes, keys, transitions = q2.quantise(x, transitions=True)
    got, changes = q2.key(codes, 37, transitions=True)
    np.testing.assert_array_equal(got, keys)
    np.testing.assert_array_equal(changes, transitions)
    np.testing.assert_array_equal(q2.key(codes[::2], 37), keys[::2])
    assert q2.key(codes[3].tobytes(), 37) == keys[3]
    assert isinstance(q2.key(codes[3], 37), q2.Key)


def test_a_key_read_out() -> None:
    """The README of the repository and section 6: D C A is 0b11_10_00 followed by zeros."""
    x = np.array([3, 0.1, -3, -3], np.float32)
    codes, key, transitions = q2.quantise(x, transitions=True)
    assert codes.tobytes() == bytes([0b10_11_00_00])
    assert (key, transitions) == (0b111000 << 58, 3)
    assert (key.hex(), str(key), repr(key)) == ("e000000000000000", "e000000000000000", "Key(0xe000000000000000)")
    assert (key.symbols(transitions), key.bases(transitions)) == ("DCA", "TCG")
    assert key.symbols() == "DC"  # a last A is not in the key
    assert f"{key:x}" == "e000000000000000"
    assert key == q2.Key.from_hex(key.hex()) == int(key)


def test_keys_that_are_none() -> None:
    assert q2.Key(0).symbols() == "A"
    assert q2.Key((1 << 64) - 1).symbols() == "D" * 32
    assert q2.Key(0b01 << 62).symbols(50) == "B" + "A" * 31
    assert q2.Key(np.uint64(5)) == 5
    for bad in (-1, 1 << 64):
        with pytest.raises(q2.ArgumentError, match="64 bits"):
            q2.Key(bad)
    for text in ("", "e0", "0x00000000000000", " 00000000000000a", "e00000000000000g"):
        with pytest.raises(q2.ArgumentError, match="16 digits"):
            q2.Key.from_hex(text)
    with pytest.raises(q2.ArgumentError, match="-1"):
        q2.Key(0).symbols(-1)


def test_a_key_survives_pickling() -> None:
    import copy
    import pickle

    key = q2.Key(7 << 60)
    for twin in (pickle.loads(pickle.dumps(key)), copy.copy(key)):
        assert twin == key
        assert type(twin) is q2.Key
