"""Hidden-state activations to 2-bit codes, 64-bit keys and Lee distances.

    codes, keys = q2.quantise(x)            # [rows, n] floats to uint8 [rows, ceil(n/4)] and uint64 [rows]
    ids, distances = q2.nearest(codes[0], codes, k=10)

libq2 is compiled into the package. It reads the caller's memory where it lies: no array is copied or converted, and what cannot be read as it is gets an error that
says so. Calls that read 64 KiB or more release the GIL; the library starts no threads, so run several calls at once to use several cores. All functions may be
called from any thread. Results are the same bytes on every machine.

The specification (docs/SPEC.md in the repository) says what is computed, to the bit; section numbers here are its own.
"""

from __future__ import annotations

from ._codes import code_dot, dot, dot_query, key, l1, lee, nearest
from ._errors import ArgumentError, DtypeError, Error, NotFiniteError, UnsupportedError
from ._key import Key
from ._library import force_isa, isa, version
from ._quantise import Dtype, quantise

__version__ = version()

__all__ = [
    "ArgumentError",
    "Dtype",
    "DtypeError",
    "Error",
    "Key",
    "NotFiniteError",
    "UnsupportedError",
    "__version__",
    "code_dot",
    "dot",
    "dot_query",
    "force_isa",
    "isa",
    "key",
    "l1",
    "lee",
    "nearest",
    "quantise",
    "version",
]
