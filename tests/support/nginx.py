"""nginx in front of a server, with the very configuration that docs/tls.md shows."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.server import Server, free_port
from tests.support.waiting import until

GUIDE = Path(__file__).parents[2] / "docs" / "tls.md"
_AROUND = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    {server}
}}
"""


@contextmanager
def in_front_of(server: Server, certificate: tuple[Path, Path], folder: Path) -> Iterator[int]:
    """The port on which nginx speaks TLS for this server; skips where nginx is not installed."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    (block,) = re.findall(r"```nginx\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    for shown, ours in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("server_name registry.example.com", "server_name 127.0.0.1"),
        ("/etc/nginx/registry.crt", str(certificate[0])),
        ("/etc/nginx/registry.key", str(certificate[1])),
        ("http://127.0.0.1:5000", server.url),
    ):
        assert block.count(shown) == 1, f"the guide's configuration no longer holds {shown!r}"
        block = block.replace(shown, ours)
    (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, server=block))
    process = subprocess.Popen([program, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    try:
        until(lambda: process.poll() is not None or _listens(port), "nginx listens")
        assert process.poll() is None, (folder / "error.log").read_text()
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except ConnectionRefusedError:
        return False
    return True
