"""The wake-up after a commit, and the consumer that answers it.

What must happen is a row (app.core.outbox, or a table of its own) that a sweep picks up again; huey only wakes
the consumer, so that it happens now and not at the next round. A lost wake-up costs a few seconds, never an effect.
The consumer is a process of its own (`flask jobs run`); its heartbeat is what /readyz asks. It works on while Redis is
away: then nobody can wake it, nor hear it.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog
from huey import Huey, RedisHuey, SqliteHuey
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError

from app.core import clock, outbox
from app.core.away import Breaker, redis_options
from app.core.db import Wakeup

if TYPE_CHECKING:
    from config import Settings

log = structlog.get_logger()
ROUND_SECONDS = 15
BEAT_SECONDS = 5
"""How often the consumer shows that it lives, in the midst of a long sweep, too."""
_HEARTBEAT = "nguon:heartbeat"
Round = Callable[[], object]
_rounds: dict[str, tuple[dt.timedelta, Round]] = {}


def periodic(name: str, every: dt.timedelta) -> Callable[[Round], Round]:
    """Register work done every so often by the consumer; it must be safe to do twice."""

    def register(function: Round) -> Round:
        _rounds[name] = (every, function)
        return function

    return register


@periodic("outbox.forget", dt.timedelta(days=1))
def forget_messages() -> int:
    """Delete what the outbox did long ago."""
    return outbox.forget_done(clock.now())


def open_queue(settings: Settings) -> Huey:
    """The queue that only wakes the consumer: a file in DATA_DIR, or Redis."""
    if settings.redis_url:
        pool = ConnectionPool.from_url(settings.redis_url, **redis_options())
        return RedisHuey("nguon", connection_pool=pool, blocking=False)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("nguon", filename=str(settings.data_dir / "bell.db"), fsync=False)


def make_wakeup(queue: Huey) -> Wakeup:
    """Wake the consumer through the queue. A queue that is away is not an error: the message is a row."""
    task = queue.task(name="sweep")(outbox.sweep)
    breaker = Breaker()

    def wake() -> None:
        if not breaker.lets_through():
            return
        try:
            task()
        except Exception as error:  # noqa: BLE001 - the message is a row; the wake-up only saves time
            breaker.failed()
            log.warning("wakeup.failed", error=str(error))
        else:
            breaker.answered()

    return Wakeup(wake)


def last_heartbeat(settings: Settings) -> dt.datetime | None:
    """When the consumer was last alive (it touches a file in DATA_DIR, or a Redis key); None for never.

    Raises ConnectionError where that cannot be asked.
    """
    try:
        if settings.redis_url:
            with Redis.from_url(settings.redis_url, **redis_options()) as redis:
                value = redis.get(_HEARTBEAT)
            return dt.datetime.fromisoformat(value.decode()) if isinstance(value, bytes) else None
        return dt.datetime.fromisoformat((settings.data_dir / "jobs.alive").read_text())
    except RedisError as error:
        raise ConnectionError(str(error)) from error
    except (OSError, ValueError):
        return None


def _beat(settings: Settings) -> None:
    moment = clock.now().isoformat()
    try:
        if settings.redis_url:
            with Redis.from_url(settings.redis_url, **redis_options()) as redis:
                redis.set(_HEARTBEAT, moment)
        else:
            (settings.data_dir / "jobs.alive").write_text(moment)
    except (OSError, RedisError) as error:
        log.warning("heartbeat.failed", error=str(error))


def run_round(last_run: dict[str, dt.datetime], go_on: Callable[[], bool] = lambda: True) -> None:
    """One round: sweep the outbox, then the periodic work that is due. `go_on` is asked before each piece of work."""
    outbox.sweep(go_on)
    for name, (every, function) in _rounds.items():
        moment = clock.now()
        if (name not in last_run or moment - last_run[name] >= every) and go_on():
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
    next_round = next_beat = 0.0

    def go_on() -> bool:
        nonlocal next_beat
        if clock.timer() >= next_beat:
            _beat(settings)
            next_beat = clock.timer() + BEAT_SECONDS
        return not stop.is_set()

    while not stop.is_set():
        if _woken(queue) or once or clock.timer() >= next_round:
            run_round(last_run, go_on)
            next_round = clock.timer() + ROUND_SECONDS
        if once:
            return
        stop.wait(0.5)


def _woken(queue: Huey) -> bool:
    """Whether somebody asked for a round since the last one."""
    woken = False
    try:
        while queue.dequeue() is not None:
            woken = True
    except Exception as error:  # noqa: BLE001 - without the queue the consumer sweeps at every round
        log.warning("wakeup.unheard", error=str(error))
    return woken
