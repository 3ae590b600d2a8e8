"""scikit-build-core, after libq2's sources were copied to ./native: in a checkout they lie elsewhere, in a source distribution they are there already."""

import subprocess
from pathlib import Path

from scikit_build_core.build import *  # noqa: F403

_here = Path(__file__).resolve().parent
_stage = _here.parents[1] / "ci" / "stage-native"
if _stage.exists() and (_here.parents[1] / "native" / "c" / "sources.txt").exists():
    subprocess.run([_stage, _here / "native"], check=True)
