"""Packages of Debian, unpacked without being installed: rsyslog and syslog-ng exclude each other there."""

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT

FOLDER = ROOT / ".senders/debian"
DAEMONS = ("rsyslog", "libestr0", "libfastjson4", "liblognorm5", "syslog-ng-core", "libivykis0", "libnet1", "libpcre3")
PHP = ("php-monolog", "php-psr-log", "libargon2-1", "libsodium23")


def unpacked() -> Path:
    """The folder that has them; skips where they can't be had. Tests that run side by side wait for each other."""
    done = FOLDER / "unpacked"
    wanted = str((DAEMONS, PHP))
    with locked(FOLDER.with_name("debian.lock")):
        if not done.exists() or done.read_text() != wanted:
            _unpack(wanted, done)
    return FOLDER / "root"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(wanted: str, done: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        pytest.skip("these senders come from Debian's packages")
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "packages").mkdir(parents=True)
    got = subprocess.run(
        ["apt-get", "-qq", "download", *DAEMONS, *PHP, *_interpreter()],
        cwd=FOLDER / "packages",
        capture_output=True,
        check=False,
    )
    if got.returncode:
        pytest.skip(f"Debian's packages can't be had: {got.stderr.decode(errors='replace')}")
    for package in (FOLDER / "packages").glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, FOLDER / "root"], check=True)
    done.write_text(wanted)


def _interpreter() -> list[str]:
    """Of the PHP that this release of Debian has."""
    told = subprocess.run(["apt-cache", "depends", "php-cli"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"php\d+\.\d+-cli", told)
    return ["php-cli"] if found is None else [found[0], found[0].replace("-cli", "-common")]


def environment(root: Path) -> dict[str, str]:
    libraries = [*list((root / "usr/lib").glob("*-linux-gnu")), *(root / "lib").glob("*-linux-gnu")]
    libraries += [root / "usr/lib/syslog-ng", *(root / "usr/lib/syslog-ng").glob("[0-9]*")]
    return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(map(str, libraries)), "LC_ALL": "C.UTF-8"}


def php(root: Path) -> list[str]:
    """The command, with sockets and what Debian has in PHP."""
    interpreter = next((root / "usr/bin").glob("php[0-9]*"))
    extensions = next((root / "usr/lib/php").glob("[0-9]*/sockets.so")).parent
    settings = [f"extension_dir={extensions}", "extension=sockets", f"include_path={root}/usr/share/php"]
    return [str(interpreter), "-n", *(part for setting in settings for part in ("-d", setting))]
