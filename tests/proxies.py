"""Debian's nginx and Caddy in front of a server, with the configurations of deploy/ and what the page on deployment
changes in them for a server below a path: only names, ports and folders are replaced."""

import contextlib
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.harness import ROOT, Server, eventually, free_ports
from tests.sockets.senders import certificate

BELOW = "/logs"
PAGE = (ROOT / "docs/deployment.md").read_text()
UNCHECKED = ssl.create_default_context()
"""TLS with whatever certificate."""
UNCHECKED.check_hostname = False
UNCHECKED.verify_mode = ssl.CERT_NONE
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

_AROUND_SITE = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
{user}
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def snippet(language: str) -> str:
    """What the page shows for a server below a path."""
    section = PAGE[PAGE.index("### Below a path") :]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found[1]


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def nginx_command(server: Server, folder: Path, port: int, location: str, stripping: bool) -> list[str]:
    cert, key = certificate(folder)
    (redirecting,) = free_ports(1)
    site = replaced(
        (ROOT / "deploy/nginx.conf").read_text(),
        ("127.0.0.1:8081", f"127.0.0.1:{server.http_port}"),
        ("    listen 80;\n    listen [::]:80;\n", f"    listen 127.0.0.1:{redirecting};\n"),
        ("    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n", f"    listen 127.0.0.1:{port} ssl http2;\n"),
        ("/etc/ssl/logs.example.com/fullchain.pem", str(cert)),
        ("/etc/ssl/logs.example.com/privkey.pem", str(key)),
        ("/var/log/nginx", str(folder)),
    )
    if location != "/":
        site = replaced(site, ("    location / {\n", snippet("nginx")))
    if stripping:
        site = replaced(site, ("proxy_pass http://logstream;", "proxy_pass http://logstream/;"))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_AROUND_SITE.format(folder=folder, user=user, site=site))
    return [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]


def caddy_command(server: Server, folder: Path, port: int, location: str, stripping: bool) -> list[str]:
    cert, key = certificate(folder)
    site = (ROOT / "deploy/Caddyfile").read_text()
    if location != "/":
        site = site[: site.index("\t# MAX_BODY_BYTES")] + snippet("caddyfile") + "}\n"
    if stripping:
        site = replaced(site, ("handle /logs/*", "handle_path /logs/*"))
    site = replaced(
        site,
        ("127.0.0.1:8081", f"127.0.0.1:{server.http_port}"),
        ("logs.example.com {\n", f"https://127.0.0.1:{port} {{\n\tbind 127.0.0.1\n\ttls {cert} {key}\n"),
        ("{\n\t# Access", "{\n\tadmin off\n\tauto_https disable_redirects\n\t# Access"),
    )
    (folder / "Caddyfile").write_text(site)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


COMMANDS: dict[str, Callable[..., list[str]]] = {"nginx": nginx_command, "Caddy": caddy_command}


@contextlib.contextmanager
def proxy(name: str, server: Server, folder: Path, location: str = "/", *, stripping: bool = False) -> Iterator[str]:
    """The address of a running proxy in front of the server, without a slash at the end."""
    folder.mkdir(parents=True)
    (port,) = free_ports(1)
    command = COMMANDS[name](server, folder, port, location, stripping)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with open(folder / "output.log", "wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    url = f"https://127.0.0.1:{port}{location.rstrip('/')}"

    def is_up() -> Any:
        assert process.poll() is None, (folder / "output.log").read_text()
        try:
            return httpx.get(f"{url}/api/health", verify=UNCHECKED).status_code == 200
        except httpx.TransportError:
            return False

    try:
        eventually(is_up, f"{name} to come up")
        yield url
    finally:
        process.terminate()
        process.wait()
