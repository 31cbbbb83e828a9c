"""nginx as deploy/nginx.conf sets it up, with ports and paths of this test in place of those named there."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from app.cli.supervision import die_with_parent
from tests.conftest import STRICT

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
CERTIFY = (
    *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
    *("-subj", "/CN=127.0.0.1", "-keyout", "key.pem", "-out", "fullchain.pem"),
)
MAIN = """{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{}}
http {{
{paths}
{site}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
PATIENCE = 240
"""Seconds for what starts on a busy machine."""


def need(**packages: str) -> None:
    """Skip where a program is absent, with the Debian package that has it; fail where services are required."""
    for program, package in packages.items():
        name = program.replace("_", "-")
        if shutil.which(name) is None:
            said = f"There is no {name}: apt-get install {package}"
            if STRICT:
                pytest.fail(said)
            pytest.skip(said)


def unverified() -> ssl.SSLContext:
    """TLS with a certificate that this test signed itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def start(
    name: str, command: Sequence[str], stack: ExitStack, folder: Path, **how: Any
) -> subprocess.Popen[bytes]:
    """Run a program until the stack closes; what it says goes to a file of its name."""
    out = stack.enter_context((folder / f"{name}.txt").open("wb"))
    process = subprocess.Popen(
        command,
        stdout=out,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - a killed test run leaves nothing behind
        **{"cwd": folder, **how},
    )
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing is kept of what they did, so nobody waits for them to finish."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until_answers(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait for a page; when the program ends or it takes too long, tell what was said."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10, context=unverified()):
                return
        except OSError:
            said = {path.name: path.read_text()[-2000:] for path in folder.glob("*.txt")}
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)


def start_nginx(stack: ExitStack, folder: Path, *, front: int, plain: int, servers: Sequence[int]) -> None:
    """nginx for TLS on the port `front` and without on `plain`, before two servers on these ports."""
    subprocess.run(CERTIFY, cwd=folder, check=True, capture_output=True)
    site = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for there, here in (
        ("10.0.0.11:8000", f"127.0.0.1:{servers[0]}"),
        ("10.0.0.12:8000", f"127.0.0.1:{servers[1]}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ", f"listen 127.0.0.1:{front} "),
        ("/etc/ssl/nguon/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
    ):
        assert there in site
        site = site.replace(there, here)
    user = "user root;\n" if os.geteuid() == 0 else ""
    paths = "\n".join(f"{name}_temp_path {folder}/nginx-{name};" for name in TEMPORARY)
    (folder / "nginx.conf").write_text(
        MAIN.format(user=user, folder=folder, paths=paths, site=site), encoding="utf-8"
    )
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    nginx = start("nginx", command, stack, folder)
    until_answers(f"https://127.0.0.1:{front}/healthz", nginx, folder)
