"""A wake-up comes, the consumer sweeps, and its heartbeat shows that it is alive."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from huey import Huey
from sqlalchemy.orm import Session

from app.core import clock, jobs, outbox
from app.core.db import atomic
from app.core.parts import part
from config import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_a_round_does_what_is_due_and_leaves_a_heartbeat(
    app: Flask, session: Session, settings: Settings
) -> None:
    handled: list[int] = []
    outbox.handler("test")(lambda message: handled.append(message.id))
    try:
        with atomic() as writing:
            outbox.send_later(writing, "test", {}, now=clock.now())
        assert jobs.last_heartbeat(settings) is None
        jobs.consume(part(Huey, app), settings, once=True)
        assert len(handled) == 1
        assert jobs.last_heartbeat(settings) is not None
    finally:
        outbox._handlers.pop("test")


def test_periodic_work_is_done_when_due_and_a_failure_stops_nothing(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(jobs, "_rounds", {})

    @jobs.periodic("broken", dt.timedelta(minutes=1))
    def broken() -> None:
        calls.append("broken")
        raise RuntimeError

    @jobs.periodic("daily", dt.timedelta(days=1))
    def daily() -> None:
        calls.append("daily")

    last: dict[str, dt.datetime] = {}
    jobs.run_round(last)
    jobs.run_round(last)
    assert calls == ["broken", "daily"]
    clock.start_clock(clock.now() + dt.timedelta(minutes=2))
    jobs.run_round(last)
    assert calls == ["broken", "daily", "broken"]


def test_a_queue_that_is_away_is_no_error() -> None:
    class Silent:
        def task(self, **_: object) -> object:
            def decorate(function: object) -> object:
                def wake() -> None:
                    raise ConnectionError

                return wake

            return decorate

    jobs.make_wakeup(Silent()).wake()


def test_readiness_shows_whether_the_consumer_is_alive(
    app: Flask, session: Session, settings: Settings
) -> None:
    client = app.test_client()
    assert client.get("/readyz").get_json()["checks"]["jobs"] == "silent"
    (settings.data_dir / "jobs.alive").write_text(clock.now().isoformat())
    assert client.get("/readyz").get_json()["checks"]["jobs"] == "ok"
    (settings.data_dir / "jobs.alive").write_text((clock.now() - dt.timedelta(minutes=5)).isoformat())
    assert client.get("/readyz").get_json()["checks"]["jobs"] == "silent"
    (settings.data_dir / "jobs.alive").write_text("half a ti")
    assert client.get("/readyz").status_code == 503


def test_the_consumer_stops_cleanly_on_a_signal(tmp_path: Path) -> None:
    env = {"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    subprocess.run([*flask, "db", "upgrade"], cwd=ROOT, env=env, check=True, capture_output=True)
    consumer = subprocess.Popen([*flask, "jobs", "run"], cwd=ROOT, env=env, stdout=subprocess.PIPE)
    try:
        for _ in range(300):
            if (tmp_path / "jobs.alive").exists():
                break
            time.sleep(0.1)
        assert (tmp_path / "jobs.alive").exists()
        consumer.send_signal(signal.SIGTERM)
        out, _ = consumer.communicate(timeout=20)
        assert consumer.returncode == 0
        assert b"jobs: stopped" in out
    finally:
        consumer.kill()
