"""syslog daemons of Debian, unpacked without being installed: rsyslog and syslog-ng exclude each other there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".senders/debian"
PACKAGES = ("rsyslog", "libestr0", "libfastjson4", "liblognorm5", "syslog-ng-core", "libivykis0", "libnet1", "libpcre3")


def unpacked() -> Path:
    """The folder that has them; skips where they can't be had."""
    done = FOLDER / "unpacked"
    if not done.exists():
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            pytest.skip("the daemons come from Debian's packages")
        shutil.rmtree(FOLDER, ignore_errors=True)
        (FOLDER / "packages").mkdir(parents=True)
        got = subprocess.run(
            ["apt-get", "-qq", "download", *PACKAGES], cwd=FOLDER / "packages", capture_output=True, check=False
        )
        if got.returncode:
            pytest.skip(f"Debian's packages can't be had: {got.stderr.decode(errors='replace')}")
        for package in (FOLDER / "packages").glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, FOLDER / "root"], check=True)
        done.touch()
    return FOLDER / "root"


def environment(root: Path) -> dict[str, str]:
    libraries = [*list((root / "usr/lib").glob("*-linux-gnu")), *(root / "lib").glob("*-linux-gnu")]
    libraries += [root / "usr/lib/syslog-ng", *(root / "usr/lib/syslog-ng").glob("[0-9]*")]
    return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(map(str, libraries)), "LC_ALL": "C.UTF-8"}


def rsyslog(root: Path, folder: Path, port: int) -> list[str]:
    """The command; what comes to `folder/log` goes over UDP, TCP and, counted, TCP."""
    modules = next((root / "usr/lib").glob("*-linux-gnu/rsyslog"))
    common = f'type="omfwd" target="127.0.0.1" port="{port}"'
    (folder / "conf").write_text(
        f'global(workDirectory="{folder}")\n'
        f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{folder}/log" CreatePath="on")\n'
        f'action({common} protocol="udp")\n'
        f'action({common} protocol="tcp" template="RSYSLOG_ForwardFormat")\n'
        f'action({common} protocol="tcp" template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted")\n'
    )
    files = ["-f", f"{folder}/conf", "-i", f"{folder}/pid", "-M", str(modules)]
    return [str(root / "usr/sbin/rsyslogd"), "-n", *files]


def syslog_ng(root: Path, folder: Path, port: int) -> list[str]:
    """The command; what comes to `folder/log` goes over UDP, TCP and, counted, TCP."""
    modules = next((root / "usr/lib/syslog-ng").glob("[0-9]*"))
    (folder / "conf").write_text(
        f"@version: {modules.name}\noptions {{ keep-hostname(no); use-dns(no); stats-freq(0); }};\n"
        f'source s {{ unix-dgram("{folder}/log"); }};\n'
        f'destination u {{ network("127.0.0.1" port({port}) transport("udp")); }};\n'
        f'destination t {{ network("127.0.0.1" port({port}) transport("tcp")); }};\n'
        f'destination c {{ syslog("127.0.0.1" port({port}) transport("tcp") persist-name("c")); }};\n'
        "log { source(s); destination(u); destination(t); destination(c); };\n"
    )
    files = ["-f", f"{folder}/conf", "-R", f"{folder}/persist", "-p", f"{folder}/pid", "-c", f"{folder}/ctl"]
    return [str(root / "usr/sbin/syslog-ng"), "-F", "--no-caps", *files, "--module-path", str(modules)]
