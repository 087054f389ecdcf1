"""Fixtures for faults of the disk."""

import subprocess
from pathlib import Path

import pytest

from tests.harness import ROOT

DISK = Path(__file__).with_name("disk.c")


@pytest.fixture(scope="module")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """disk.c as a library."""
    need = subprocess.run([ROOT / "scripts/need", "gcc=gcc libc6-dev"], capture_output=True, check=False)
    if need.returncode:
        pytest.skip(need.stderr.decode())
    library = tmp_path_factory.mktemp("disk") / "disk.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, DISK, "-ldl", "-lpthread"], check=True)
    return library
