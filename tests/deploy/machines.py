"""Two machines behind nginx as deploy/ describes them, with the services they share: all on this one, by other ports.

nginx runs the very file deploy/nginx.conf, with addresses, ports and paths of this test in place of those named there.
"""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import boto3
from moto.server import ThreadedMotoServer

from app.cli.supervision import die_with_parent
from tests.factories.database import PostgresDatabase

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "deploy" / "nginx.conf"
BUCKET = "nguon-media"
KEYS = {"SECRET_KEY": "deploy-deploy-deploy-deploy-deploy", "STAMP_KEYS": "k1:" + "5e" * 32}
BUCKET_KEYS = {"AWS_ACCESS_KEY_ID": "deploy", "AWS_SECRET_ACCESS_KEY": "deploy"}
FIRST_START = 240
"""Seconds to migrate and load on a busy machine."""
PACKAGES = {"nginx": "nginx", "redis-server": "redis-server", "openssl": "openssl"}
"""Programs that this needs, and the Debian packages that have them."""
CERTIFY = [
    "openssl",
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=127.0.0.1",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unverified() -> ssl.SSLContext:
    """TLS with a certificate that this test signed itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Machines:
    """The services, two web servers with their jobs, and nginx in front; `with` starts what they share."""

    def __init__(self, folder: Path, postgres_url: str) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._database = PostgresDatabase(postgres_url, f"nguon_deploy_{uuid.uuid4().hex[:12]}")
        self.front, self.plain, self._redis, self._bucket = (free_port() for _ in range(4))
        self.ports = [free_port(), free_port()]
        self.url = f"https://127.0.0.1:{self.front}"
        self.web: list[subprocess.Popen[bytes]] = []
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = {
            **inherited,
            **KEYS,
            **BUCKET_KEYS,
            "APP_ENV": "production",
            "HOST": "127.0.0.1",
            "BASE_URL": self.url,
            "TRUSTED_PROXIES": "1",
            "DATABASE_URL": self._database.url.replace("+psycopg", ""),
            "REDIS_URL": f"redis://127.0.0.1:{self._redis}/0",
            "MEDIA_URL": f"s3://{BUCKET}?endpoint=http://127.0.0.1:{self._bucket}&region=us-east-1",
            "MAIL_URL": f"file://{folder / 'letters'}",
        }

    def __enter__(self) -> Machines:
        with ExitStack() as stack:
            stack.enter_context(self._database)
            self._run(
                "redis",
                ["redis-server", "--port", str(self._redis), "--save", "", "--bind", "127.0.0.1"],
                stack,
            )
            bucket = ThreadedMotoServer("127.0.0.1", self._bucket, verbose=False)
            bucket.start()
            stack.callback(bucket.stop)
            boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{self._bucket}",
                region_name="us-east-1",
                aws_access_key_id="deploy",
                aws_secret_access_key="deploy",
            ).create_bucket(Bucket=BUCKET)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def settings_of(self, machine: int) -> dict[str, str]:
        """The environment of one machine: its own port and data folder, all else as on the other."""
        return {
            **self.env,
            "PORT": str(self.ports[machine]),
            "DATA_DIR": str(self.folder / f"machine-{machine}"),
        }

    def start_servers(self) -> None:
        """Both machines at the same moment, on whatever the database holds."""
        flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
        for machine in range(len(self.ports)):
            env = self.settings_of(machine)
            self.web.append(self._run(f"web-{machine}", [*flask, "serve", "web"], self._stack, env))
        for machine in range(len(self.ports)):
            self._until_answers(f"http://127.0.0.1:{self.ports[machine]}/healthz", self.web[machine])
        for machine in range(len(self.ports)):
            self._run(f"jobs-{machine}", [*flask, "jobs", "run"], self._stack, self.settings_of(machine))

    def start_nginx(self) -> None:
        """nginx in front, with a certificate of its own signing."""
        subprocess.run(
            [*CERTIFY, "-keyout", "key.pem", "-out", "fullchain.pem"],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        site = SITE.read_text(encoding="utf-8")
        for there, here in (
            ("10.0.0.11:8000", f"127.0.0.1:{self.ports[0]}"),
            ("10.0.0.12:8000", f"127.0.0.1:{self.ports[1]}"),
            ("listen 80;", f"listen 127.0.0.1:{self.plain};"),
            ("listen 443 ", f"listen 127.0.0.1:{self.front} "),
            ("/etc/ssl/nguon/", f"{self.folder}/"),
            ("/var/log/nginx/", f"{self.folder}/"),
        ):
            assert site.count(there) >= 1, there
            site = site.replace(there, here)
        paths = "".join(
            f"{name}_temp_path {self.folder}/nginx-{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (self.folder / "nginx.conf").write_text(
            f"daemon off;\nworker_processes 1;\npid {self.folder}/nginx.pid;\nevents {{}}\nhttp {{\n{paths}{site}}}\n",
            encoding="utf-8",
        )
        command = ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-e", "stderr"]
        nginx = self._run("nginx", command, self._stack)
        self._until_answers(f"{self.url}/healthz", nginx)

    def kill(self, machine: int) -> None:
        """One web server is gone from one moment to the next, workers and all."""
        os.killpg(self.web[machine].pid, signal.SIGKILL)
        self.web[machine].wait()

    def said(self, name: str) -> str:
        """What a program wrote to its terminal, or into a file of this name."""
        path = self.folder / (name if "." in name else f"{name}.txt")
        return path.read_text(encoding="utf-8")

    def _run(
        self, name: str, command: list[str], stack: ExitStack, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        out: IO[bytes] = stack.enter_context((self.folder / f"{name}.txt").open("wb"))
        process = subprocess.Popen(
            command,
            cwd=ROOT if env else self.folder,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - a killed test run leaves nothing behind
        )
        stack.callback(_end, process)
        return process

    def _until_answers(self, url: str, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + FIRST_START
        while True:
            try:
                with urllib.request.urlopen(url, timeout=10, context=unverified()) as answer:
                    assert answer.status == 200
                    return
            except OSError:
                said = {path.name: path.read_text()[-2000:] for path in self.folder.glob("*.txt")}
                assert process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.1)


def _end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(25)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
