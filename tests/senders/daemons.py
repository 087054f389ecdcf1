"""The commands of rsyslog and syslog-ng: what comes to `folder/log` goes over UDP, TCP and, counted, TCP."""

from pathlib import Path


def rsyslog(root: Path, folder: Path, port: int) -> list[str]:
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
