"""The four rankings against the golden ones, and against section 10, written out in numpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from golden import read_search

import q2
from q2 import _extension

VALUES = np.array([0, 1, 3, 2])  # of the Gray codes 00, 01, 10, 11: z of section 4
LEVELS = np.array([-4, -1, 1, 4])
K = 15


PAIR: dict[str, Callable[..., object]] = {"lee": q2.lee, "l1": q2.l1, "code_dot": q2.code_dot, "dot": q2.dot}
SEARCHES = read_search(Path(__file__).resolve().parents[3] / "testdata" / "golden-search" / "golden.q2gs")


def values_of(codes: np.ndarray, n: int) -> np.ndarray:
    """Section 5 backwards: the value 0 to 3 of each dimension."""
    pairs = np.stack([codes >> shift & 3 for shift in (6, 4, 2, 0)], axis=-1)
    return VALUES[pairs.reshape(*codes.shape[:-1], -1)[..., :n]]


def scores_of(levels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """levels [n] against codes [count, n]."""
    n = values.shape[1]
    strong = np.isin(values, (0, 3)).sum(axis=1)
    sums = (LEVELS[values] * levels).sum(axis=1).astype(np.float32)
    return sums / np.sqrt((n + 15 * strong).astype(np.float32))


def int8_of(x: np.ndarray) -> np.ndarray:
    return np.rint(x * (np.float32(127) / np.abs(x).max())).astype(np.int32)


def order_of(ranks: np.ndarray, smaller_is_nearer: bool) -> np.ndarray:
    return np.lexsort((np.arange(len(ranks)), ranks if smaller_is_nearer else -ranks))[:K]


def ranks_of(ranking: str, query: np.ndarray, vector: np.ndarray, values: np.ndarray) -> np.ndarray:
    if ranking == "code_dot":
        return scores_of(LEVELS[query], values)
    if ranking == "dot":
        return scores_of(int8_of(vector), values)
    apart = np.abs(query - values)
    if ranking == "lee":
        apart = np.minimum(apart, 4 - apart)
    return apart.sum(axis=1).astype(np.uint32)


def bits(x: object) -> object:
    """Scores compare bit for bit: -0 is not 0."""
    return np.asarray(x).view(np.uint32)


@pytest.mark.parametrize("ranking", ["lee", "l1", "code_dot", "dot"])
def test_golden(isa: str, ranking: str) -> None:
    assert len(SEARCHES) == 202
    for case in SEARCHES:
        want, order = case.ranked[ranking]
        query, near, n = case.query if ranking == "dot" else case.code, want[order], case.n
        got = PAIR[ranking](query, case.codes, n)
        assert got.dtype == want.dtype
        np.testing.assert_array_equal(bits(got), bits(want))
        for code, one in zip(case.codes, want):
            assert PAIR[ranking](query, code, n) == one
        ids, ranks = q2.nearest(query, case.codes, case.k, n=n, ranking=ranking)
        many = q2.nearest(np.stack([query, query]), case.codes, case.k, n=n, ranking=ranking)
        for got_ids, got_ranks in ((ids, ranks), (many[0][0], many[1][0]), (many[0][1], many[1][1])):
            np.testing.assert_array_equal(got_ids, order)
            np.testing.assert_array_equal(bits(got_ranks), bits(near))


def test_golden_queries(isa: str) -> None:
    for case in SEARCHES:
        if case.refused:
            for call in (lambda x: q2.dot_query(x), lambda x: q2.dot(x, np.zeros((len(x) + 3) // 4, np.uint8))):
                with pytest.raises(q2.NotFiniteError, match=r"^the query is refused: it holds a NaN or an infinity$"):
                    call(case.vector)
            continue
        query = q2.dot_query(case.vector)
        assert query.dtype == np.int8
        np.testing.assert_array_equal(query, case.query)
        np.testing.assert_array_equal(q2.dot(case.vector, case.codes), case.ranked["dot"][0])


def test_queries_of_many() -> None:
    wide = np.arange(-20, 40, dtype=np.float32).reshape(3, 20)
    many = q2.dot_query(wide[::2, 3:11])
    assert many.shape == (2, 8)
    for got, vector in zip(many, wide[::2, 3:11]):
        np.testing.assert_array_equal(got, q2.dot_query(vector.copy()))
    assert q2.dot_query(wide[:0]).shape == (0, 20)


def test_pairs_and_all(rng: np.random.Generator) -> None:
    """Bytes and rows that lie apart; a pair is a plain number."""
    codes = q2.quantise(rng.standard_normal((9, 64)).astype(np.float32))[0]
    wide = np.zeros((9, 20), np.uint8)
    wide[:, 2:18] = codes
    for ranking, query, kind in (
        ("lee", codes[4], int),
        ("l1", codes[4], int),
        ("code_dot", codes[4], float),
        ("dot", rng.standard_normal(64).astype(np.float32), float),
    ):
        want = PAIR[ranking](query, codes)
        np.testing.assert_array_equal(PAIR[ranking](query, wide[::2, 2:18]), want[::2])
        assert _extension.last_address() == wide[:, 2:].__array_interface__["data"][0]
        q2.nearest(query, wide[1:, 2:18], 3, ranking=ranking)
        assert _extension.last_address() == wide[1:, 2:].__array_interface__["data"][0]
        pair = PAIR[ranking](query, codes[7].tobytes())
        assert type(pair) is kind
        assert pair == want[7]
        assert PAIR[ranking](query, codes[:0]).shape == (0,)


@pytest.mark.parametrize("n", [8, 37, 384])
@pytest.mark.parametrize("ranking", ["lee", "l1", "code_dot", "dot"])
def test_rankings(rng: np.random.Generator, isa: str, ranking: str, n: int) -> None:
    x = rng.standard_normal((300, n)).astype(np.float32)
    vectors = rng.standard_normal((6, n)).astype(np.float32) * 3
    codes, query_codes = q2.quantise(x)[0], q2.quantise(vectors)[0]
    queries = vectors if ranking == "dot" else query_codes
    values, query_values = values_of(codes, n), values_of(query_codes, n)
    many_ids, many_ranks = q2.nearest(queries, codes, K, n=n, ranking=ranking)
    for i in range(len(vectors)):
        want = ranks_of(ranking, query_values[i], vectors[i], values)
        order = order_of(want, ranking in ("lee", "l1"))
        ids, ranks = q2.nearest(queries[i], codes, K, n=n, ranking=ranking)
        assert ranks.dtype == want.dtype
        for got_ids, got_ranks in ((ids, ranks), (many_ids[i], many_ranks[i])):
            np.testing.assert_array_equal(got_ids, order)
            np.testing.assert_array_equal(got_ranks, want[order])


def test_dot_takes_int8_and_strides(rng: np.random.Generator) -> None:
    codes = q2.quantise(rng.standard_normal((50, 64)).astype(np.float32))[0]
    wide = rng.standard_normal((6, 80)).astype(np.float32)
    vectors = wide[::2, 3:67]
    want = q2.nearest(vectors.copy(), codes, 5, ranking="dot")
    levels = np.zeros((3, 70), np.int8)
    levels[:, :64] = [int8_of(v) for v in vectors]
    for queries in (vectors, levels[:, :64], levels[:, :64].copy()):
        got = q2.nearest(queries, codes, 5, ranking="dot")
        np.testing.assert_array_equal(got[0], want[0])
        np.testing.assert_array_equal(got[1], want[1])
    assert q2.nearest(vectors[:0], codes, 5, ranking="dot")[1].shape == (0, 5)


CODES = np.zeros((3, 2), np.uint8)
QUERY = np.ones(8, np.float32)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: q2.nearest(QUERY, CODES, 1, ranking="cosine"), q2.ArgumentError, "ranking is 'cosine': it is one of lee, l1, code_dot, dot"),
        (lambda: q2.nearest(QUERY, CODES, 1), q2.DtypeError, "query has elements of format 'f': codes are bytes"),
        (lambda: q2.nearest(CODES[0], CODES, 1, ranking="dot"), q2.DtypeError, "format 'B'.*float32, or of int8"),
        (lambda: q2.nearest(QUERY.astype(np.float16), CODES, 1, ranking="dot"), q2.DtypeError, "format 'e'"),
        (lambda: q2.nearest(QUERY, CODES, 1, n=7, ranking="dot"), q2.ArgumentError, "vectors of 8, and n is 7"),
        (lambda: q2.nearest(QUERY[:4], CODES, 1, ranking="dot"), q2.ArgumentError, "codes has codes of 2 bytes, and n = 4 takes 1"),
        (lambda: q2.nearest(QUERY[::2], CODES[:, :1], 1, ranking="dot"), q2.ArgumentError, "query is not contiguous"),
        (lambda: q2.nearest(QUERY.reshape(2, 2, 2), CODES, 1, ranking="dot"), q2.ArgumentError, "query has 3 dimensions"),
        (lambda: q2.nearest(QUERY[:0], CODES, 1, ranking="dot"), q2.ArgumentError, "n is 0"),
        (lambda: q2.nearest(QUERY * np.nan, CODES, 1, ranking="dot"), q2.NotFiniteError, "the query is refused: it holds a NaN or an infinity$"),
        (lambda: q2.nearest(np.array([QUERY, QUERY * np.inf]), CODES, 1, ranking="dot"), q2.NotFiniteError, "query 1 is refused"),
        (lambda: q2.l1(CODES, CODES), q2.ArgumentError, "a has 2 dimensions: it is one code; b may be several"),
        (lambda: q2.l1(CODES[0], np.zeros((3, 3), np.uint8)), q2.ArgumentError, "b has codes of 3 bytes, and n = 8 takes 2"),
        (lambda: q2.l1(CODES[0], CODES, 12), q2.ArgumentError, "a has codes of 2 bytes, and n = 12 takes 3"),
        (lambda: q2.code_dot(QUERY, CODES), q2.DtypeError, "a has elements of format 'f': codes are bytes"),
        (lambda: q2.code_dot(CODES[0], CODES[::-1]), q2.ArgumentError, "codes of b begin -2 bytes apart"),
        (lambda: q2.code_dot("ab", CODES), q2.DtypeError, "a is a str"),
        (lambda: q2.dot(CODES[0], CODES), q2.DtypeError, "format 'B'.*float32, or of int8"),
        (lambda: q2.dot(np.ones((2, 8), np.float32), CODES), q2.ArgumentError, "query has 2 dimensions: it is one vector; codes may be several"),
        (lambda: q2.dot(QUERY, CODES, 9), q2.ArgumentError, "vectors of 8, and n is 9"),
        (lambda: q2.dot(QUERY[:4], CODES), q2.ArgumentError, "codes has codes of 2 bytes, and n = 4 takes 1"),
        (lambda: q2.dot(QUERY[::2], CODES[:, :1]), q2.ArgumentError, "query is not contiguous"),
        (lambda: q2.dot(QUERY.astype(">f4"), CODES), q2.DtypeError, "query is byte-swapped"),
        (lambda: q2.dot(QUERY.astype(np.float64), CODES), q2.DtypeError, "format 'd'"),
        (lambda: q2.dot_query(QUERY.astype(np.int8)), q2.DtypeError, "it is int8 already"),
        (lambda: q2.dot_query(QUERY[:0]), q2.ArgumentError, "n is 0"),
        (lambda: q2.dot_query(np.zeros((1 << 20) + 1, np.float32)), q2.ArgumentError, "n is 1048577"),
        (lambda: q2.dot_query(np.array([QUERY, QUERY * np.nan])), q2.NotFiniteError, "query 1 is refused"),
    ],
)
def test_queries_that_are_refused(call: object, error: type, text: str) -> None:
    with pytest.raises(error, match=text) as caught:
        call()
    if error is q2.NotFiniteError:
        assert caught.value.rows in ([0], [1])
