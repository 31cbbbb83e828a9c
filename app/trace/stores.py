"""Scan journal and stamp keys, as stores that belong to one database (`app.core.stores`)."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.db import atomic
from app.core.stores import MarkedStore, StoreMark, StoreMismatch, remember, remembered
from app.trace.scans.folding import CURSOR
from app.trace.scans.journal import START, ScanLog
from app.trace.scans.models import ScanCursor
from app.trace.stamps.keys import KeyRing
from app.trace.stamps.ring_check import confirm_keys

KEY: Final = "key:"
"""How the marks of stamp keys begin: the key's id follows, the mark is its fingerprint."""


class JournalStore(MarkedStore):
    """The scan journal: marked, and at least as long as the database has folded it."""

    def __init__(self, scans: ScanLog) -> None:
        super().__init__("journal", scans)
        self._scans = scans

    def check(self, session: Session) -> bool:
        """See Store. A journal that is ahead is sound: the rest is folded in time."""
        known = super().check(session)
        cursor = session.get(ScanCursor, CURSOR, populate_existing=True)
        if cursor is not None and _place(cursor.position) > _place(self._scans.end()):
            raise StoreMismatch("journal-behind")
        return known

    def adopt(self, session: Session) -> None:
        """See Store. Of an older copy of the same journal everything is folded; of another one, nothing."""
        known = remembered(session, self.name)
        same = known is None or self._scans.mark() == known
        end = self._scans.end() if same else START
        super().adopt(session)
        with atomic() as writing:
            cursor = writing.get(ScanCursor, CURSOR, with_for_update=True)
            if cursor is not None:
                cursor.position = min(cursor.position, end, key=_place)


def _place(cursor: str) -> tuple[int, ...]:
    """A cursor of either engine, "17" or "1764208800123-0", as something that can be compared."""
    return tuple(int(number) for number in cursor.split("-")) if cursor else (0,)


class KeyStore:
    """The key ring: every key the database knows is in it, under the same id with the same secret."""

    def __init__(self, ring: KeyRing) -> None:
        self._keys = ring
        self._ring = {key.id: key.fingerprint for key in ring}

    def check(self, session: Session) -> bool:
        """See Store. False while a key of the ring is new: a rotation adds keys."""
        known = {row.name.removeprefix(KEY): row.mark for row in self._rows(session)}
        renamed = {mark: key for key, mark in known.items()}
        for key, mark in self._ring.items():
            if known.get(key, mark) != mark:
                raise StoreMismatch("stamp-key-changed", key=key)
            if renamed.get(mark, key) != key:
                raise StoreMismatch("stamp-key-renamed", key=key, former=renamed[mark])
        for key in known.keys() - self._ring.keys():
            raise StoreMismatch("stamp-key-missing", key=key)
        return known.keys() == self._ring.keys()

    def adopt(self, session: Session) -> None:
        """See Store. What the ring does not hold is forgotten; stamps issued with it are strangers from then on."""
        with atomic() as writing:
            for row in self._rows(writing):
                if row.name.removeprefix(KEY) not in self._ring:
                    writing.delete(row)
            for key, mark in self._ring.items():
                remember(writing, KEY + key, mark)
            confirm_keys(writing, self._keys)

    def _rows(self, session: Session) -> list[StoreMark]:
        statement = sa.select(StoreMark).where(StoreMark.name.startswith(KEY)).order_by(StoreMark.name)
        return list(session.scalars(statement.execution_options(populate_existing=True)))
