"""Two machines as deploy/ describes them, with the services they share: all on this one, by other ports."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import uuid
from contextlib import ExitStack
from pathlib import Path

import boto3
from moto.server import ThreadedMotoServer

from tests.deploy.front import DEPLOY, start, start_nginx, until_answers
from tests.factories.database import PostgresDatabase

BUCKET = "nguon-media"
KEYS = {"SECRET_KEY": "deploy-deploy-deploy-deploy-deploy", "STAMP_KEYS": "k1:" + "5e" * 32}
BUCKET_KEYS = {"AWS_ACCESS_KEY_ID": "deploy", "AWS_SECRET_ACCESS_KEY": "deploy"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command_of(unit: str) -> list[str]:
    """What a unit of deploy/ starts, by this environment's own flask."""
    found = re.search(r"^ExecStart=(.+)$", (DEPLOY / unit).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    program, *words = shlex.split(found[1])
    assert program == "/srv/nguon/.venv/bin/flask"
    return [sys.executable, "-m", "flask", *words]


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
        self._systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
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
            self._systemd.bind(f"\0nguon-{self.front}")
            stack.callback(self._systemd.close)
            redis = ["redis-server", "--port", str(self._redis), "--save", "", "--bind", "127.0.0.1"]
            start("redis", redis, stack, self.folder)
            bucket = ThreadedMotoServer("127.0.0.1", self._bucket, verbose=False)
            bucket.start()
            stack.callback(bucket.stop)
            boto3.client(
                "s3",
                endpoint_url=f"http://127.0.0.1:{self._bucket}",
                region_name="us-east-1",
                **{name.lower(): key for name, key in BUCKET_KEYS.items()},
            ).create_bucket(Bucket=BUCKET)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def settings_of(self, machine: int) -> dict[str, str]:
        """The environment of one machine: its own port and data folder, all else as on the other."""
        own = {"PORT": str(self.ports[machine]), "DATA_DIR": str(self.folder / f"machine-{machine}")}
        own["NOTIFY_SOCKET"] = f"@nguon-{self.front}"
        return {**self.env, **own}

    def start_servers(self) -> None:
        """Both machines at the same moment, on whatever the database holds."""
        web, jobs = command_of("nguon-web.service"), command_of("nguon-jobs.service")
        of = [{"cwd": DEPLOY.parent, "env": self.settings_of(machine)} for machine in range(2)]
        self.web = [start(f"web-{n}", web, self._stack, self.folder, **how) for n, how in enumerate(of)]
        for port, process in zip(self.ports, self.web, strict=True):
            until_answers(f"http://127.0.0.1:{port}/healthz", process, self.folder)
        for n, how in enumerate(of):
            start(f"jobs-{n}", jobs, self._stack, self.folder, **how)

    def start_nginx(self) -> None:
        """nginx in front of both."""
        start_nginx(self._stack, self.folder, front=self.front, plain=self.plain, servers=self.ports)

    def told_systemd(self) -> list[str]:
        """What the servers have told systemd, as units of Type=notify do."""
        told = []
        self._systemd.setblocking(False)
        while True:
            try:
                told.append(self._systemd.recv(4096).decode())
            except BlockingIOError:
                return told

    def kill(self, machine: int) -> None:
        """One web server is gone from one moment to the next, workers and all."""
        os.killpg(self.web[machine].pid, signal.SIGKILL)
        self.web[machine].wait()

    def start_again(self, machine: int) -> None:
        """The server that was killed, as its unit does after two seconds."""
        how = {"cwd": DEPLOY.parent, "env": self.settings_of(machine)}
        web = start(f"web-{machine}-again", command_of("nguon-web.service"), self._stack, self.folder, **how)
        self.web[machine] = web
        until_answers(f"http://127.0.0.1:{self.ports[machine]}/healthz", web, self.folder)

    def said(self, name: str) -> str:
        """What a program wrote to its terminal, or into a file of this name."""
        path = self.folder / (name if "." in name else f"{name}.txt")
        return path.read_text(encoding="utf-8")
