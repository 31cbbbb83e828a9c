"""Whether this ring holds the keys under which the rolls were issued.

A stamp whose key is not here, or whose key id holds another secret, does not open: its honest buyer would be told that
it may be a fake. So that is a fault of the site, named at the start, in /readyz
(`app.trace.stores`) and on the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.trace.stamps.keys import KeyRing
from app.trace.stamps.models import StampRoll


class KeyState(StrEnum):
    """What the ring knows of a key that rolls name. UNCONFIRMED: their fingerprint was never written down."""

    RIGHT = "right"
    UNCONFIRMED = "unconfirmed"
    MISSING = "missing"
    ANOTHER_SECRET = "another-secret"  # noqa: S105 - a state


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key as rolls name it: how many rolls and stamps were issued under it."""

    key_id: str
    fingerprint: str | None
    rolls: int
    stamps: int
    state: KeyState

    @property
    def faulty(self) -> bool:
        """Whether its stamps do not open here."""
        return self.state in {KeyState.MISSING, KeyState.ANOTHER_SECRET}


def keys_in_use(session: Session, ring: KeyRing) -> list[KeyUse]:
    """Every key and fingerprint that rolls name, by key id."""
    stamps = sa.func.sum(StampRoll.last_number - StampRoll.first_number + 1)
    rows = session.execute(
        sa.select(StampRoll.key_id, StampRoll.key_fingerprint, sa.func.count(), stamps)
        .group_by(StampRoll.key_id, StampRoll.key_fingerprint)
        .order_by(StampRoll.key_id, StampRoll.key_fingerprint)
    )
    return [
        KeyUse(key_id, fingerprint, rolls, int(count), _state(ring, key_id, fingerprint))
        for key_id, fingerprint, rolls, count in rows
    ]


def _state(ring: KeyRing, key_id: str, fingerprint: str | None) -> KeyState:
    key = ring.get(key_id)
    if key is None:
        return KeyState.MISSING
    if fingerprint is None:
        return KeyState.UNCONFIRMED
    return KeyState.RIGHT if fingerprint == key.fingerprint else KeyState.ANOTHER_SECRET


def confirm_keys(session: Session, ring: KeyRing) -> int:
    """Write down the ring's fingerprints on rolls older than the column; returns how many rolls were confirmed.

    A key of which some rolls know another secret is left alone: which of the two is right is for people to say.
    """
    other = {use.key_id for use in keys_in_use(session, ring) if use.state == KeyState.ANOTHER_SECRET}
    confirmed = 0
    for key in ring:
        if key.id in other:
            continue
        written = session.execute(
            sa.update(StampRoll)
            .where(StampRoll.key_id == key.id, StampRoll.key_fingerprint.is_(None))
            .values(key_fingerprint=key.fingerprint)
            .returning(StampRoll.id)
            .execution_options(synchronize_session=False)
        )
        confirmed += len(written.all())
    return confirmed
