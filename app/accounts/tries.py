"""How often something may be tried: passwords, codes, mails asked for.

A count is a row of the database, so that it holds for every worker and machine; a row is written by a failure only (by
every mail asked for), and nobody but the tried account, browser or place shares it. When the free tries of an hour are
spent, each one more is waited for, longer every time and never longer than a quarter of an hour: a stranger who guesses
may slow down a log-in, and never shut a person out.

A browser in which the person has logged in before has tries of its own, which no stranger can use up (OWASP, "Slow Down
Online Guessing Attacks with Device Cookies"). A place is counted generously: a whole village may share one address.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.models import Tries
from app.core.errors import TooMany

WINDOW: Final = dt.timedelta(hours=1)
"""Tries are forgotten this long after the first of them."""
WAITS: Final = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
"""What is waited after each try beyond the free ones; the last stands for all that follow."""
GUESSES: Final = 10
"""Free tries of an account from one place, and of a known browser."""
GUESSES_FROM_ANYWHERE: Final = 50
CODES: Final = 5
"""Free tries of the second step: six figures are few, and who is here knows the password."""
MAILS: Final = 5
AT_A_PLACE: Final = 300
MAILS_AT_A_PLACE: Final = 100


class TooManyTries(TooMany):
    """Too many wrong passwords or codes; `retry_after` in seconds."""

    code = "too-many-tries"


class TooManyMails(TooMany):
    """Too many mails asked for; `retry_after` in seconds."""

    code = "too-many-mails"


@dataclass(frozen=True, slots=True)
class Count:
    """What tries are counted by, and how many an hour are free."""

    key: str
    free: int


def _count(free: int, *by: str) -> Count:
    return Count(hashlib.sha256("\n".join(by).encode()).hexdigest(), free)


def place_of(address: str | None) -> str:
    """The place behind a network address: of IPv6 the /64 network, in which one subscriber has every address."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def guesses(kind: str, account: str, *, place: str, browser: str | None) -> tuple[Count, ...]:
    """The counts of guessing at an account: `kind` is "password" or "code", `browser` the id of a known one."""
    free = CODES if kind == "code" else GUESSES
    if browser is not None:
        return (_count(free, kind, account, "browser", browser),)
    anywhere = CODES if kind == "code" else GUESSES_FROM_ANYWHERE
    return (
        _count(free, kind, account, "place", place),
        _count(anywhere, kind, account),
        _count(AT_A_PLACE, kind, "place", place),
    )


def mails(address: str, *, place: str) -> tuple[Count, ...]:
    """The counts of mails asked for: to an address, and from a place."""
    return (_count(MAILS, "mail", address), _count(MAILS_AT_A_PLACE, "mail", "place", place))


def require_guess(session: Session, counts: Sequence[Count], *, now: dt.datetime) -> None:
    """Raise TooManyTries while a wait is on. What is refused is not counted."""
    if left := _left(session, counts, now):
        raise TooManyTries(retry_after=left)


def require_mail(session: Session, counts: Sequence[Count], *, now: dt.datetime) -> None:
    """Raise TooManyMails while a wait is on. What is refused is not counted."""
    if left := _left(session, counts, now):
        raise TooManyMails(retry_after=left)


def _left(session: Session, counts: Sequence[Count], now: dt.datetime) -> int:
    """Seconds until the next try, 0 when it may be now."""
    free = {count.key: count.free for count in counts}
    rows = session.scalars(sa.select(Tries).where(Tries.key.in_(free), Tries.since > now - WINDOW))
    left = max((_wait_ends(row, free[row.key]) - now for row in rows), default=dt.timedelta())
    return max(0, math.ceil(left.total_seconds()))


def _wait_ends(row: Tries, free: int) -> dt.datetime:
    if row.count < free:
        return row.last_at
    wait = WAITS[min(row.count - free, len(WAITS) - 1)]
    return min(row.last_at + wait, row.since + WINDOW)


def count_try(session: Session, counts: Iterable[Count], *, now: dt.datetime) -> None:
    """Count a try. The database adds, so that tries of the same moment all count; keys are written in one order."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = insert(Tries).values(
        [
            {"key": key, "since": now, "count": 1, "last_at": now}
            for key in sorted(count.key for count in counts)
        ]
    )
    over = Tries.since <= now - WINDOW
    session.execute(
        new.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "since": sa.case((over, new.excluded.since), else_=Tries.since),
                "count": sa.case((over, 1), else_=Tries.count + 1),
                "last_at": now,
            },
        )
    )


def forget_tries(session: Session, *, now: dt.datetime) -> None:
    """Drop the counts whose hour is over."""
    session.execute(sa.delete(Tries).where(Tries.since <= now - WINDOW))
