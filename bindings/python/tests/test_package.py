"""The package as it is installed."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import q2
from q2 import _extension

BINDING = Path(__file__).resolve().parents[1]


def test_the_version_stands_in_one_place() -> None:
    header = (BINDING.parents[1] / "native" / "c" / "q2.h").read_text()
    version = re.search(r'#define Q2_VERSION "(.*)"', header)
    assert version
    assert q2.version() == q2.__version__ == metadata.version("libq2") == version[1]


def test_the_package_is_not_the_checkout() -> None:
    assert BINDING not in Path(q2.__file__).parents


def test_only_its_own_entry_is_exported() -> None:
    listed = subprocess.run(["nm", "-D", "--defined-only", _extension.__file__], capture_output=True, text=True, check=True).stdout
    assert [line.split()[-1] for line in listed.splitlines()] == ["PyInit__extension"]


def test_a_second_libq2_in_the_process() -> None:
    """A libq2 loaded for everybody to see is not called by this package, nor the other way round."""
    path = os.environ.get("Q2_LIBRARY")
    if not path:
        pytest.skip("Q2_LIBRARY names no libq2 to load")
    other = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    other.q2_isa.restype = ctypes.c_char_p
    q2.force_isa(None)
    best = q2.isa()
    assert other.q2_force_isa(b"scalar") == 0
    assert (other.q2_isa(), q2.isa()) == (b"scalar", best)
    x, packed = np.linspace(-1, 1, 384, dtype=np.float32), np.zeros(96, np.uint8)
    key = ctypes.c_uint64()
    size, p = ctypes.c_size_t, ctypes.c_void_p
    other.q2_quantise.argtypes = [p, size, size, ctypes.c_int, p, p, p]
    assert other.q2_quantise(x.ctypes.data, 1, 384, 0, packed.ctypes.data, ctypes.byref(key), None) == 0
    code, own = q2.quantise(x)
    assert (packed.tobytes(), key.value) == (code.tobytes(), own)
    q2.force_isa("scalar")
    assert other.q2_force_isa(None) == 0
    assert (other.q2_isa().decode(), q2.isa()) == (best, "scalar")
    q2.force_isa(None)


def test_readme(tmp_path: Path) -> None:
    """The README's Python blocks run as one program, as a reader would paste them; comments `# -> text` hold what a line prints."""
    readme = (BINDING / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, re.S)
    assert blocks
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == re.findall(r"# -> (.*)", block)
