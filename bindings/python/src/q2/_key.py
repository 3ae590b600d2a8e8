"""The transition key as a number that can be read."""

from __future__ import annotations

from typing import SupportsIndex

from ._errors import ArgumentError

_SYMBOLS = 32


class Key(int):
    """A transition key: an ``int`` of 64 bits, the first 32 symbols kept, two bits each, the first on top (specification, section 6).

    It is an int in everything; ``str`` gives the 16 hex digits. Keys from an array are made readable by ``q2.Key(keys[i])``.
    """

    __slots__ = ()

    def __new__(cls, value: SupportsIndex) -> Key:
        key = super().__new__(cls, value.__index__())
        if not 0 <= key < 1 << 64:
            raise ArgumentError(f"a key is a number of 64 bits, 0 to {(1 << 64) - 1}, not {int(key)}")
        return key

    @classmethod
    def from_hex(cls, text: str) -> Key:
        """The key that ``hex`` wrote: exactly 16 hex digits."""
        if len(text) != 16 or not set(text) <= set("0123456789abcdefABCDEF"):
            raise ArgumentError(f"a key in hex is 16 digits, not {text!r}")
        return cls(int(text, 16))

    def hex(self) -> str:
        """16 lower-case hex digits."""
        return format(int(self), "016x")

    def symbols(self, transitions: int | None = None) -> str:
        """The letters A (strongly negative), B, C, D (strongly positive), ``min(transitions, 32)`` of them.

        ``transitions`` is what ``quantise(..., transitions=True)`` returns. Without it the shortest reading is taken: the key alone does not tell ``D`` from
        ``DA``, since A is 0.
        """
        return self._spell("ABCD", transitions)

    def bases(self, transitions: int | None = None) -> str:
        """The same in the genetic reading of the alphabet: G, A, C, T for A, B, C, D."""
        return self._spell("GACT", transitions)

    def _spell(self, alphabet: str, transitions: int | None) -> str:
        if transitions is not None and transitions < 0:
            raise ArgumentError(f"transitions is {transitions}: it is at least 0")
        letters = [alphabet[int(self) >> 2 * (_SYMBOLS - 1 - i) & 3] for i in range(_SYMBOLS)]
        if transitions is not None:
            return "".join(letters[:transitions])
        return "".join(letters).rstrip(alphabet[0]) or alphabet[0]

    def __str__(self) -> str:
        return self.hex()

    def __repr__(self) -> str:
        return f"Key(0x{self.hex()})"
