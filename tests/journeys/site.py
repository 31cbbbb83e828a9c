"""The site as people run it: `flask serve` on a free port, with the real data, mail into a folder, and its jobs."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

from app.cli.supervision import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
CLOCK = "2026-11-21T09:00+07:00"
"""The day for which the example batches are made, so that what is in date today stays in date."""
SETTINGS = frozenset(
    {"APP_ENV", "HOST", "PORT", "DATA_DIR", "DATABASE_URL", "REDIS_URL", "SEARCH_URL", "MEDIA_URL", "CLOCK"}
    | {"SECRET_KEY", "STAMP_KEYS", "BASE_URL", "MAIL_URL", "RATE_LIMITS", "TRUSTED_PROXIES"}
)
"""Not taken over from whoever runs the tests."""
FIRST_START = 240  # seconds to migrate, load and index on a busy machine
PATIENCE = 30  # seconds for what a job does after the request


class LiveSite:
    """One running site with a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self._said = folder / "said.txt"
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        self._env = {**inherited, "DATA_DIR": str(self.data_dir), "PORT": str(port), "CLOCK": CLOCK}
        with self._said.open("w") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
                cwd=ROOT,
                env={**self._env, "GUNICORN_CMD_ARGS": "--workers 2 --threads 4"},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - a killed test run leaves no site behind
            )

    def until_ready(self) -> None:
        """Wait until database, search and jobs answer."""
        deadline = time.monotonic() + FIRST_START
        while not self._ready():
            assert self._process.poll() is None, self._said.read_text()
            assert time.monotonic() < deadline, self._said.read_text()
            time.sleep(0.2)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def command(self, *words: str) -> str:
        """What `flask --app wsgi …` prints, on the same data."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words],
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def api(self, path: str) -> dict[str, object]:
        """A JSON answer, as another program gets it."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def letter(self, to: str, about: str) -> EmailMessage:
        """The latest mail to this address whose subject has these words; waits for the jobs to send it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for path in sorted((self.data_dir / "outbox").glob("*.eml"), reverse=True):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                assert isinstance(mail, EmailMessage)
                if to in mail["To"] and about in mail["Subject"]:
                    return mail
            assert time.monotonic() < deadline, f"no mail to {to} about {about}"
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
