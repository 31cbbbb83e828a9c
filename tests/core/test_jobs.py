"""A wake-up comes, the consumer sweeps, and its heartbeat shows that it is alive."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from huey import Huey
from sqlalchemy.orm import Session

from app.core import away, clock, jobs, outbox
from app.core.db import atomic
from app.core.parts import part
from config import Settings
from tests.factories.servers import RedisServer, dead_address, silent_server

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


def test_without_redis_the_consumer_works_on_and_readiness_says_so(
    make_app: Callable[..., Flask], session: Session, keep_limiter: None
) -> None:
    handled: list[int] = []
    outbox.handler("test")(lambda message: handled.append(message.id))
    site = make_app(REDIS_URL=dead_address())
    try:
        with site.app_context():
            with atomic() as writing:  # the wake-up fails, too
                outbox.send_later(writing, "test", {}, now=clock.now())
            jobs.consume(part(Huey, site), part(Settings, site), once=True)
        assert len(handled) == 1
    finally:
        outbox._handlers.pop("test")
    answer = site.test_client().get("/readyz")
    assert answer.status_code == 200
    checks = answer.get_json()["checks"]
    assert checks["jobs"] == "unknown"
    assert checks["scans"] == {"journal": "ok", "spooled": 0}  # nobody has asked it yet


def test_a_queue_that_hangs_is_asked_once_for_all_who_would_wake_the_consumer(
    make_app: Callable[..., Flask], session: Session, keep_limiter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(away, "REST", 3600.0)
    with silent_server() as silent:
        site = make_app(REDIS_URL=silent.redis_url)
        with site.app_context():
            for _ in range(10):
                with atomic() as writing:
                    outbox.send_later(writing, "test", {}, now=clock.now())
        assert silent.asked.acquire(timeout=30)
        assert not silent.asked.acquire(blocking=False)


@pytest.mark.redis
def test_a_wake_up_and_a_heartbeat_go_through_redis(
    make_app: Callable[..., Flask], session: Session, redis_server: RedisServer, keep_limiter: None
) -> None:
    site = make_app(REDIS_URL=redis_server.url)
    queue, settings = part(Huey, site), part(Settings, site)
    assert jobs.last_heartbeat(settings) is None
    assert not jobs._woken(queue)
    with site.app_context():
        with atomic() as writing:
            outbox.send_later(writing, "test", {}, now=clock.now())
        assert jobs._woken(queue)
        jobs.consume(queue, settings, once=True)
    assert jobs.last_heartbeat(settings) is not None
    assert site.test_client().get("/readyz").get_json()["checks"]["jobs"] == "ok"


def test_a_long_sweep_shows_that_the_consumer_lives_and_stops_when_it_is_told(
    app: Flask, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0)
    beats: list[dt.datetime | None] = []
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}

    def work(message: outbox.OutboxMessage) -> None:
        beats.append(jobs.last_heartbeat(settings))
        clock.start_clock(clock.now() + dt.timedelta(minutes=5))  # as if it had taken that long
        if len(beats) == 3:
            signal.raise_signal(signal.SIGTERM)

    outbox.handler("test")(work)
    try:
        with atomic() as writing:
            for _ in range(9):
                outbox.send_later(writing, "test", {}, now=clock.now())
        jobs.consume(part(Huey, app), settings)
    finally:
        outbox._handlers.pop("test")
        for name, handler in before.items():
            signal.signal(name, handler)
    assert len(beats) == 3
    moments = [beat for beat in beats if beat is not None]
    assert moments == sorted(set(moments)) and len(moments) == 3


def test_the_outbox_is_tidied_by_the_consumer(app: Flask, session: Session) -> None:
    with atomic() as writing:
        message = outbox.send_later(writing, "test", {}, now=clock.now())
        message.done_at = clock.now() - outbox.KEPT_DONE - dt.timedelta(days=1)
    assert jobs.forget_messages() == 1


def test_a_heartbeat_that_cannot_be_written_ends_nothing(
    app: Flask, session: Session, settings: Settings
) -> None:
    (settings.data_dir / "jobs.alive").mkdir()
    jobs.consume(part(Huey, app), settings, once=True)
    assert jobs.last_heartbeat(settings) is None


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
