"""What q2 raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_REMEDY = "row_status=True returns a status for each row instead"


class Error(Exception):
    """The base of all errors of this package."""


class ArgumentError(Error, ValueError):
    """A value that is not taken: a shape, a stride, a dimension, a name. The text names the value and the limit; nothing was written."""


class DtypeError(ArgumentError, TypeError):
    """Elements or an object of a kind that is not taken. Nothing is ever converted or copied silently."""


class UnsupportedError(Error):
    """A known instruction set that the CPU, the operating system or the build lacks."""


class NotFiniteError(Error, ValueError):
    """A row whose sum of squares is not finite: it holds a NaN or an infinity, or its squares overflow.

    ``rows``
        The refused rows, ascending. ``[0]`` for a single row (1-D), where nothing was written.
    ``codes``, ``keys``
        For rows (2-D and 3-D), the arrays as they were filled: the other rows are done, a refused one has a code of zero bytes and key 0. Otherwise None.
    """

    def __init__(self, status: npt.NDArray[np.uint8] | None = None, codes: Any = None, keys: Any = None, remedy: str = _REMEDY) -> None:
        self.rows = [0] if status is None else [int(row) for row in np.flatnonzero(status)]
        self.codes = codes
        self.keys = keys
        super().__init__(self._text(None if status is None else remedy))

    @classmethod
    def _of_queries(cls, rows: list[int] | None) -> NotFiniteError:
        error = cls()
        error.rows = rows or [0]
        which = "the query" if rows is None else f"query {rows[0]}"
        error.args = (f"{which} is refused: it holds a NaN or an infinity",)
        return error

    def _text(self, remedy: str | None) -> str:
        subject = "the row" if remedy is None else f"row {self.rows[0]}"
        text = f"{subject} is refused: it holds a NaN or an infinity, or its squares overflow"
        if len(self.rows) > 1:
            text += f"; so are {len(self.rows) - 1} more (see .rows)"
        return text if remedy is None else f"{text}; {remedy}"
