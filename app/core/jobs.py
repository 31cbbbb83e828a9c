"""The wake-up after a commit, and the consumer that answers it.

What must happen is a row (app.core.outbox, or a table of its own) that a sweep picks up again; huey only wakes
the consumer, so that it happens now and not at the next round. A lost wake-up costs a few seconds, never an effect.
The consumer is a process of its own (`flask jobs run`); its heartbeat is what /readyz asks.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from huey import Huey, RedisHuey, SqliteHuey

from app.core import clock, outbox
from app.core.db import Wakeup

if TYPE_CHECKING:
    from config import Settings

log = structlog.get_logger()
ROUND_SECONDS = 15
Round = Callable[[], object]
_rounds: dict[str, tuple[dt.timedelta, Round]] = {}


def periodic(name: str, every: dt.timedelta) -> Callable[[Round], Round]:
    """Register work done every so often by the consumer; it must be safe to do twice."""

    def register(function: Round) -> Round:
        _rounds[name] = (every, function)
        return function

    return register


def open_queue(settings: Settings) -> Huey:
    """The queue that only wakes the consumer: a file in DATA_DIR, or Redis."""
    if settings.redis_url:
        return RedisHuey("nguon", url=settings.redis_url)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("nguon", filename=str(settings.data_dir / "bell.db"), fsync=False)


def make_wakeup(queue: Huey) -> Wakeup:
    """Wake the consumer through the queue. A queue that is away is not an error: the message is a row."""
    task = queue.task(name="sweep")(outbox.sweep)

    def wake() -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001 - the message is a row; the wake-up only saves time
            log.warning("wakeup.failed", error=str(error))

    return Wakeup(wake)


def last_heartbeat(settings: Settings) -> dt.datetime | None:
    """When the consumer was last alive (it touches a file in DATA_DIR, or a Redis key)."""
    try:
        if settings.redis_url:
            import redis

            value = redis.Redis.from_url(settings.redis_url).get("nguon:heartbeat")
            return dt.datetime.fromisoformat(value.decode()) if isinstance(value, bytes) else None
        return dt.datetime.fromisoformat((settings.data_dir / "jobs.alive").read_text())
    except (OSError, ValueError):
        return None


def _beat(settings: Settings) -> None:
    moment = clock.now().isoformat()
    if settings.redis_url:
        import redis

        redis.Redis.from_url(settings.redis_url).set("nguon:heartbeat", moment)
    else:
        (settings.data_dir / "jobs.alive").write_text(moment)


def run_round(last_run: dict[str, dt.datetime]) -> None:
    """One round: sweep the outbox, then the periodic work that is due."""
    outbox.sweep()
    for name, (every, function) in _rounds.items():
        moment = clock.now()
        if name not in last_run or moment - last_run[name] >= every:
            last_run[name] = moment
            try:
                function()
            except Exception:
                log.exception("job.failed", job=name)


def consume(queue: Huey, settings: Settings, *, once: bool = False) -> None:
    """Answer wake-ups until SIGTERM or SIGINT; every ROUND_SECONDS sweep even without one."""
    stop = threading.Event()
    if not once:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    last_run: dict[str, dt.datetime] = {}
    next_round = 0.0
    while not stop.is_set():
        woken = False
        while queue.dequeue() is not None:
            woken = True
        if woken or once or clock.timer() >= next_round:
            run_round(last_run)
            _beat(settings)
            next_round = clock.timer() + ROUND_SECONDS
        if once:
            return
        stop.wait(0.5)
