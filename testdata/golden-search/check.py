#!/usr/bin/env python3
"""Checks golden.q2gs from docs/SPEC.md sections 4, 7 and 10 alone: exact rational numbers, rounded to binary32 by hand."""
import math
import struct
import sys
from fractions import Fraction
from pathlib import Path

VALUE = {0b00: 0, 0b01: 1, 0b11: 2, 0b10: 3}  # Gray code to A, B, C, D
LEVEL = (-4, -1, 1, 4)
SMALLEST = -149  # exponent of the smallest binary32


def exponent_of(x):
    """e with 2^e <= x < 2^(e+1)."""
    e = x.numerator.bit_length() - x.denominator.bit_length()
    return e if x >= Fraction(2) ** e else e - 1


def round_even(x):
    """To an integer, half to even: what round() of a Fraction does."""
    return round(x)


def binary32(x):
    """A rational number rounded to binary32, half to even; an overflow is an error."""
    if x == 0:
        return Fraction(0)
    unit = Fraction(2) ** max(exponent_of(abs(x)) - 23, SMALLEST)
    result = round_even(x / unit) * unit
    assert abs(result) < Fraction(2) ** 128
    return result


def root32(x):
    """The square root of an integer, rounded to binary32: by integers, with a remainder that is never half-way."""
    e = 2 * (60 - x.bit_length() // 2)
    scaled = math.isqrt(x << e)
    exact = scaled * scaled == x << e
    return binary32(Fraction(2 * scaled + (0 if exact else 1), 2) / Fraction(2) ** (e // 2))


def symbols(code, n):
    return [VALUE[code[d // 4] >> (6 - 2 * (d % 4)) & 3] for d in range(n)]


def query_of(x):
    """The int8 of a vector, None where it is refused. An overflowing scale is the unbounded one: x is scaled by a power of 2."""
    if not all(math.isfinite(v) for v in x):
        return None
    exact = [Fraction(v) for v in x]
    largest = max(abs(v) for v in exact)
    if largest == 0:
        return [0] * len(x)
    scale = 127 / largest
    unit = Fraction(2) ** (exponent_of(scale) - 23)  # 127 / max|x| is never denormal
    scale = round_even(scale / unit) * unit
    return [round_even(binary32(v * scale)) for v in exact]


def score(weights, code):
    product = sum(w * LEVEL[z] for w, z in zip(weights, code))
    strong = sum(z in (0, 3) for z in code)
    return float(binary32(binary32(Fraction(product)) / root32(len(code) + 15 * strong)))


def lee(a, b):
    return sum(min(abs(x - y), 4 - abs(x - y)) for x, y in zip(a, b))


def l1(a, b):
    return sum(abs(x - y) for x, y in zip(a, b))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form, count):
        size = struct.calcsize("<" + form) * count
        values = struct.unpack_from(f"<{count}{form}", self.data, self.at)
        self.at += size
        return list(values)

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count : self.at]


def check_ranking(r, where, name, form, want, k, sign):
    got = r.take(form, len(want))
    assert got == want, f"{where} {name}: {got}, not {want}"
    assert all(math.copysign(1, v) == 1 for v in got if v == 0), f"{where} {name}: a negative zero"
    order = sorted(range(len(want)), key=lambda i: (sign * want[i], i))[:k]
    ids = r.take("I", len(order))
    assert ids == order, f"{where} {name}: nearest {ids}, not {order}"


def check_case(r, number):
    n, count, k, refused = r.take("I", 4)
    where, length = f"case {number}, n = {n}", (n + 3) // 4
    x, query = r.take("f", n), r.take("b", n)
    want = query_of(x)
    assert refused == (want is None), f"{where}: refused is {refused}"
    assert query == (want or [0] * n), f"{where}: query {query}, not {want}"
    code = symbols(r.bytes(length), n)
    codes = [symbols(r.bytes(length), n) for _ in range(count)]
    levels = [LEVEL[z] for z in code]
    check_ranking(r, where, "lee", "I", [lee(code, c) for c in codes], k, 1)
    check_ranking(r, where, "l1", "I", [l1(code, c) for c in codes], k, 1)
    check_ranking(r, where, "code dot", "f", [score(levels, c) for c in codes], k, -1)
    check_ranking(r, where, "dot", "f", [score(query, c) for c in codes], k, -1)
    padding = r.bytes(-r.at % 8)
    assert not any(padding), f"{where}: padding"


def main():
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("golden.q2gs")
    r = Reader(file.read_bytes())
    assert r.bytes(4) == b"Q2GS", f"{file} is no golden.q2gs"
    version, count, zero = r.take("I", 3)
    assert (version, zero) == (1, 0), f"version {version}"
    for number in range(count):
        check_case(r, number)
    assert r.at == len(r.data), f"{len(r.data) - r.at} bytes too many"
    print(f"{count} cases agree with the specification")


main()
