"""The link that ties an event to the one before it in a chain.

    link = SHA-256( previous ‖ event hash ‖ record time ‖ error declaration )

| part | bytes |
|---|---|
| previous | the 32 bytes of the link before; 32 zero bytes for the first link of a chain |
| event hash | the CBV 2.0 hash identifier in ASCII, `ni:///sha-256;<64 hex digits>?ver=CBV2.0`: 89 bytes |
| record time | in UTC with microseconds in ASCII, `2026-11-21T02:00:00.000000Z`: 27 bytes |
| error declaration | its canonical JSON in UTF-8; nothing where the event declares no error |

Nothing stands between the parts: the first three have fixed lengths, so no two sets of parts give the same bytes.
The record time and the error declaration are in the link because the event hash covers neither; the hash covers the
rest of the event, in the one form of CBV 2.0 section 8.9.

A chain proves that nothing before its last link was changed, taken out or put in. It cannot prove that nothing was
cut off behind its last link: for that, the last link must be known from elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib

BEFORE_THE_FIRST = "00" * 32


def link_of(previous: str, event_hash: str, record_time: dt.datetime, error_declaration: str | None) -> str:
    """The link, as 64 hex digits, of an event behind the link `previous` (hex; BEFORE_THE_FIRST for the first)."""
    moment = record_time.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    parts = (
        bytes.fromhex(previous),
        event_hash.encode("ascii"),
        moment.encode("ascii"),
        (error_declaration or "").encode(),
    )
    return hashlib.sha256(b"".join(parts)).hexdigest()
