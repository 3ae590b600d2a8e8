"""Which libq2 this is, and the instruction set it uses."""

from __future__ import annotations

from . import _extension


def version() -> str:
    """The version of libq2 and of this package, as "1.0.0"."""
    return _extension.version()


def isa() -> str:
    """The instruction set in use: "scalar", "avx2", "avx512" or "neon". The best that CPU and operating system have is chosen at the first call."""
    return _extension.isa()


def force_isa(name: str | None) -> None:
    """Chooses the instruction set for the whole process, by the names that ``isa`` gives; None chooses the best. Results do not depend on it.

    Raises ArgumentError for an unknown name and UnsupportedError for one that is not to be had here; the choice then stays as it was.
    """
    _extension.force_isa(name)
