"""Buffers for what has none of its own: bfloat16 arrays, torch tensors, Arrow arrays. Every one is a view of the caller's memory."""

from __future__ import annotations

import sys
from typing import Any, Optional

import numpy as np

from ._errors import ArgumentError, DtypeError

Shown = tuple[Any, Optional[str]]


def view(x: Any, name: str) -> Shown:
    """x as an object with the buffer protocol, and the name of its dtype where the buffer cannot say it. Called by the extension."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        return _of_torch(torch, x, name)
    if isinstance(x, np.ndarray):
        return _of_numpy(x, name)
    if hasattr(x, "__arrow_c_array__"):
        from . import arrow

        return arrow.matrix(x, name), None
    if hasattr(x, "__dlpack__"):
        return _of_dlpack(x, name)
    raise DtypeError(f"{name} is a {type(x).__qualname__}, which shows no memory: an array is needed, as np.asarray({name}, np.float32) makes one")


def _of_numpy(x: np.ndarray[Any, Any], name: str) -> Shown:
    # ml_dtypes' bfloat16: numpy has no buffer format for it.
    if x.dtype.name == "bfloat16":
        return x.view(np.uint16), "bf16"
    raise DtypeError(f"{name} has elements of {x.dtype}: libq2 takes float32, float16, bfloat16 and int8; nothing is converted silently")


def _of_torch(torch: Any, x: Any, name: str) -> Shown:
    if x.device.type != "cpu":
        raise ArgumentError(f"{name} is on the device {x.device}: libq2 reads the CPU's memory; move it first, as with {name}.cpu()")
    if x.layout is not torch.strided:
        raise ArgumentError(f"{name} has the layout {x.layout}: a strided tensor is needed, as {name}.to_dense() makes one")
    x = x.detach()
    try:
        return (x.view(torch.int16).numpy(), "bf16") if x.dtype is torch.bfloat16 else (x.numpy(), None)
    except (RuntimeError, TypeError) as e:  # a lazy negation or conjugation, a dtype that numpy lacks
        raise DtypeError(f"{name} is a tensor of {x.dtype} that shows no memory: {e}") from e


def _of_dlpack(x: Any, name: str) -> Shown:
    try:
        return np.from_dlpack(x), None
    except (BufferError, RuntimeError, TypeError, ValueError) as e:
        raise DtypeError(f"{name} is a {type(x).__qualname__} that numpy cannot view: {e}") from e
