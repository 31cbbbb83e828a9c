"""The page behind a stamp, drawn once per answer of the database, language and day, and filled per scan.

What differs from scan to scan (code, moments, counts, what the address claims) stands in the drawn page as slots; so a
scan of a batch already drawn costs one select and one line in the journal.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache

from flask import render_template
from markupsafe import escape

from app.core.clock import VIETNAM
from app.core.db import db
from app.trace.pages.addresses import Claim
from app.trace.pages.finding import FoundStamp
from app.trace.pages.presentation import present_stamp
from app.trace.pages.story import read_story
from app.trace.pages.verdict import judge
from app.trace.scans.journal import ScanSummary, from_ms
from app.trace.setup import DrawnPage
from app.trace.stamps.codes import group

SLOT_NAMES = ("code", "now", "nth", "before", "first", "last", "claim", "lot")
# Nobody outside this process knows the sign, so no text that people wrote can be taken for a slot.
_SIGN = secrets.token_hex(8)
SLOTS = {name: f"\u2983{name}-{_SIGN}\u2984" for name in SLOT_NAMES}
_SLOT = re.compile(f"\u2983([a-z]+)-{_SIGN}\u2984".encode())


@dataclass(frozen=True, slots=True)
class Scan:
    """One look at a stamp: its code, the moment, what had been seen before, whether it counts as a scan.

    `before` is None where nothing can be said of that: the journal is away, or the look is no scan.
    """

    code: str
    at_ms: int
    before: ScanSummary | None
    counted: bool

    @property
    def seen_before(self) -> int | None:
        """How many scans came before, if that may be said."""
        return None if self.before is None else self.before.count

    def words(self, name: bytes) -> str:
        """What stands in a slot."""
        match name:
            case b"code":
                return group(self.code)
            case b"now":
                return _minute(self.at_ms // 60_000)
        assert self.before is not None  # the other slots stand in pages of stamps seen before
        match name:
            case b"nth":
                return str(self.before.count + 1)
            case b"before":
                return str(self.before.count)
            case b"first":
                return _minute(self.before.first_ms // 60_000)
            case _:
                return _minute(self.before.last_ms // 60_000)


@lru_cache(4096)
def _minute(minutes: int) -> str:
    return f"{from_ms(minutes * 60_000).astimezone(VIETNAM):%H:%M, %d/%m/%Y}"


@lru_cache(512)
def _repeated(claim: Claim) -> str:
    """The claim, as the link to the other language repeats it."""
    return str(escape(f"{claim.query}&")) if claim.query else ""


@dataclass(frozen=True, slots=True)
class Look:
    """All that a page shows: the stamp, this look at it, what the address claims and whether of another product."""

    found: FoundStamp
    scan: Scan
    claim: Claim
    wrong_product: bool
    language: str
    today: dt.date

    @property
    def other_lot(self) -> bool:
        """Whether the address names a lot that is not the stamp's."""
        return self.claim.of_other_lot(self.found.batch_code)

    @property
    def key(self) -> tuple[object, ...]:
        """What a drawn page depends on; all else stands in slots."""
        seen = self.scan.before and self.scan.before.count > 0
        claimed = (self.wrong_product, self.other_lot)
        return (self.found.rows, seen, claimed, self.scan.counted, self.language, self.today)

    def fill(self, page: DrawnPage) -> bytes:
        """The whole page for this look."""
        filled = list(page)
        filled[1::2] = [self._words(name).encode() for name in page[1::2]]
        return b"".join(filled)

    def _words(self, name: bytes) -> str:
        """What stands in a slot, as HTML."""
        match name:
            case b"claim":
                return _repeated(self.claim)
            case b"lot":
                return str(escape(self.claim.lot or ""))
        return self.scan.words(name)

    def draw(self) -> DrawnPage:
        """The page with its slots, in the context of a request in this language."""
        facts = self.found.facts(self.today)
        page = present_stamp(
            read_story(db.session(), variant_id=facts.variant_id, batch_id=facts.batch_id, today=self.today),
            judge(
                facts,
                seen_before=self.scan.seen_before,
                wrong_product=self.wrong_product,
                today=self.today,
            ),
            slots=SLOTS,
            printed_gtin=self.found.printed_gtin,
            other_lot=self.other_lot,
            counted=self.scan.counted,
            void_reason=facts.void_reason,
            today=self.today,
        )
        # Relative to the stamp's own address: the drawn page serves every stamp of the batch.
        other_language = f"?{SLOTS['claim']}lang={'en' if self.language == 'vi' else 'vi'}"
        drawn = render_template("trace/stamp.html", page=page, lang_switch_url=other_language)
        return tuple(_SLOT.split(drawn.encode()))
