"""Time: aware UTC moments; a day is a day in Vietnam (UTC+7, no summer time)."""

from __future__ import annotations

import datetime as dt
import time

VIETNAM = dt.timezone(dt.timedelta(hours=7), "ICT")

_offset = dt.timedelta(0)


def start_clock(at: dt.datetime | None) -> None:
    """Let the whole site's clock start at `at` and run on from there; None is the true time (config CLOCK)."""
    global _offset
    _offset = dt.timedelta(0) if at is None else at.astimezone(dt.UTC) - dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """This moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC) + _offset


def vietnam_day(moment: dt.datetime) -> dt.date:
    """The Vietnam calendar day of a moment."""
    return moment.astimezone(VIETNAM).date()


def end_of(day: dt.date) -> dt.datetime:
    """The moment at which a Vietnam day is over, the first of the next."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), VIETNAM).astimezone(dt.UTC)


def today() -> dt.date:
    """Today in Vietnam."""
    return vietnam_day(now())


def timer() -> float:
    """A monotonic reading in seconds, for durations only."""
    return time.perf_counter()
