"""Everything a verdict needs of a stamp in one hand-written select: no ORM, no session.

Rolls never overlap, nor do activations in force, so the range of a number is the one that begins last before it: a
descending index seek, the same cost with ten rolls and with ten million stamps.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from app.certification.standing import CertificateFacts, StandingState, standing
from app.core.reading import Reader, Row
from app.trace.pages.verdict import StampFacts
from app.trace.stamps.models import ExceptionState

_SELECT = """
SELECT r.key_id, r.variant_id, v.gtin,
       a.batch_id, b.expires_on,
       (SELECT version FROM content_version WHERE id = 1),
       e.state, e.reason,
       c.id, c.stars, c.certain_until, c.possible_until, c.valid_until, c.recognised_year, c.issued_on,
       c.decision_number, c.withdrawn_on, c.withdrawn_reason, c.potential_five, c.decides_from, c.decides_until
FROM (SELECT id, key_id, variant_id, last_number FROM stamp_rolls
      WHERE first_number <= {n} ORDER BY first_number DESC LIMIT 1) r
JOIN variants v ON v.id = r.variant_id
LEFT JOIN (SELECT batch_id, last_number FROM stamp_activations
           WHERE first_number <= {n} AND undone_at IS NULL ORDER BY first_number DESC LIMIT 1) a
       ON a.last_number >= {n}
LEFT JOIN batches b ON b.id = a.batch_id
LEFT JOIN stamp_exceptions e ON e.roll_id = r.id AND e.first_number <= {n} AND e.last_number >= {n}
LEFT JOIN certificates c ON c.product_id = v.product_id AND c.decides_from <= {day} AND c.decides_until > {day}
WHERE r.last_number >= {n}
"""
_SQLITE = _SELECT.format(n=":n", day=":day")
_POSTGRES = _SELECT.format(n="%(n)s", day="%(day)s")
_CERTIFICATE = slice(8, 21)
_CERTIFICATE_DATES = (2, 3, 4, 6, 8, 11, 12)


@dataclass(frozen=True, slots=True)
class FoundStamp:
    """A genuine stamp as the database answered: a row for each exception it has, or one.

    The rows say nothing of the single stamp and carry the content version, so that equal rows make equal pages.
    """

    rows: tuple[Row, ...]

    @property
    def key_id(self) -> str:
        """The key under which the roll was issued."""
        return str(self.rows[0][0])

    @property
    def gtin(self) -> str | None:
        """The GTIN of the goods, 14 digits, if they have one."""
        gtin: str | None = self.rows[0][2]
        return gtin

    def facts(self, today: dt.date) -> StampFacts:
        """What a verdict is judged on."""
        first = self.rows[0]
        exceptions = {ExceptionState(row[6]): row[7] for row in self.rows if row[6]}
        return StampFacts(
            variant_id=first[1],
            gtin=first[2],
            batch_id=first[3],
            expires_on=_date(first[4]),
            exceptions=frozenset(exceptions),
            standing=_standing(first[_CERTIFICATE], today),
            void_reason=exceptions.get(ExceptionState.VOID),
        )


def find_stamp(reader: Reader, n: int, today: dt.date) -> FoundStamp | None:
    """The stamp of this number as it stands this moment, or None when no roll has it."""
    select, day = (_SQLITE, today.isoformat()) if reader.sqlite else (_POSTGRES, today)
    rows = reader.rows(select, {"n": n, "day": day})
    return FoundStamp(tuple(rows)) if rows else None


def _standing(certificate: Row, today: dt.date) -> StandingState:
    if certificate[0] is None:
        return StandingState.NONE
    facts = list(certificate)
    for place in _CERTIFICATE_DATES:
        facts[place] = _date(facts[place])
    return standing(CertificateFacts(*facts), False, today).state


def _date(value: Any) -> dt.date | None:
    """SQLite's driver gives dates as text, PostgreSQL's as dates."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
