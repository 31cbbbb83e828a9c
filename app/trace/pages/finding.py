"""Everything a verdict needs of a stamp in one hand-written select: no ORM, no session.

Rolls never overlap, nor do activations in force, so the range of a number is the one that begins last before it: a
descending index seek, the same cost with ten rolls and with ten million stamps. The same select says whether anything
was committed that this process has not seen, so that it alone decides whether the drawn page still holds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any, Final

from app.certification.standing import CertificateFacts, StandingState, standing
from app.core.changes import ChangeLog
from app.core.reading import Reader, Row
from app.trace.pages.verdict import StampFacts
from app.trace.stamps.keys import StampKey
from app.trace.stamps.models import ExceptionState

CERTIFICATE_COLUMNS: Final = tuple(field.name for field in fields(CertificateFacts))
"""What `standing` judges by, so that no column can be forgotten here."""
_DATES: Final = tuple(
    place for place, field in enumerate(fields(CertificateFacts)) if "date" in str(field.type)
)
_SELECT = """
SELECT {unseen},
       r.key_id, r.key_fingerprint, r.gtin, r.variant_id, v.gtin, a.batch_id, b.code, b.expires_on,
       e.state, e.reason, {certificate}
FROM (SELECT id, key_id, key_fingerprint, gtin, variant_id, last_number FROM stamp_rolls
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
_CERTIFICATE_FROM: Final = 10
# A number that another variant has today is that one's, whoever had it before.
_FORMERLY = """
SELECT 1 FROM former_gtins f WHERE f.variant_id = {variant} AND f.gtin = {gtin}
AND NOT EXISTS (SELECT 1 FROM variants v WHERE v.gtin = {gtin})
"""


@dataclass(frozen=True, slots=True)
class FoundStamp:
    """A genuine stamp as the database answered: a row for each exception it has, or one.

    The rows say nothing of the single stamp, so that stamps of equal rows have one page.
    """

    rows: tuple[Row, ...]

    def made_under(self, key: StampKey | None) -> bool:
        """Whether the roll was issued under this key."""
        return key is not None and key.made(*self.rows[0][:2])

    @property
    def printed_gtin(self) -> str | None:
        """The GTIN that stands on the stamp, 14 digits; None before it is printed and for goods that had none."""
        gtin: str | None = self.rows[0][2]
        return gtin

    @property
    def variant_id(self) -> int:
        """What was to be stamped."""
        return int(self.rows[0][3])

    @property
    def gtin(self) -> str | None:
        """The GTIN of the goods today, 14 digits, if they have one."""
        gtin: str | None = self.rows[0][4]
        return gtin

    @property
    def batch_code(self) -> str | None:
        """The lot on whose units the stamp was stuck."""
        code: str | None = self.rows[0][6]
        return code

    def facts(self, today: dt.date) -> StampFacts:
        """What a verdict is judged on."""
        exceptions = {ExceptionState(row[8]): row[9] for row in self.rows if row[8]}
        return StampFacts(
            variant_id=self.variant_id,
            batch_id=self.rows[0][5],
            expires_on=_date(self.rows[0][7]),
            exceptions=frozenset(exceptions),
            standing=_standing(self.rows[0][_CERTIFICATE_FROM:], today),
            void_reason=exceptions.get(ExceptionState.VOID),
        )


class StampFinder:
    """Finds stamps by their numbers."""

    def __init__(self, reader: Reader, log: ChangeLog) -> None:
        self._reader = reader
        self._log = log
        self._select = _SELECT.format(
            unseen=log.unseen,
            certificate=", ".join(f"c.{name}" for name in CERTIFICATE_COLUMNS),
            n=":n" if reader.sqlite else "%(n)s",
            day=":day" if reader.sqlite else "%(day)s",
        )
        self._formerly = _FORMERLY.format(
            variant=":variant" if reader.sqlite else "%(variant)s",
            gtin=":gtin" if reader.sqlite else "%(gtin)s",
        )

    def find(self, n: int, today: dt.date) -> FoundStamp | None:
        """The stamp of this number as it stands this moment, or None when no roll has it.

        What else was committed before is known to the change log then.
        """
        day = today.isoformat() if self._reader.sqlite else today
        rows = self._reader.rows(self._select, {"n": n, "day": day, "seen": self._log.known()})
        if not rows:
            return None
        if rows[0][0]:
            self._log.look()
        return FoundStamp(tuple(row[1:] for row in rows))

    def is_gtin_of(self, stamp: FoundStamp, gtin: str) -> bool:
        """Whether a GTIN stands on the stamp, or is or was that of its goods; asks only where the first two are not."""
        if gtin in (stamp.printed_gtin, stamp.gtin):
            return True
        return bool(self._reader.rows(self._formerly, {"variant": stamp.variant_id, "gtin": gtin}))


def _standing(certificate: Row, today: dt.date) -> StandingState:
    if certificate[0] is None:
        return StandingState.NONE
    facts = list(certificate)
    for place in _DATES:
        facts[place] = _date(facts[place])
    return standing(CertificateFacts(*facts), False, today).state


def _date(value: Any) -> dt.date | None:
    """SQLite's driver gives dates as text, PostgreSQL's as dates."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
