"""The secrets behind stamps: a ring of keys, and the three sub-keys each one gives.

A stamp code has no row in the database, so these secrets are the whole proof that a code is ours.
The ring holds more than one key so that a key can be replaced: the first issues new stamps, the
others still open what they issued before.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

MIN_SECRET_BYTES = 32
"""As long as the SHA-256 output, the least RFC 2104 section 3 recommends for an HMAC key."""

_KEY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,15}")


def _sub_key(secret: bytes, label: str) -> hmac.HMAC:
    """A keyed HMAC-SHA-256, ready to be copied, under the sub-key that `label` names.

    The sub-key is the first block of HKDF-Expand (RFC 5869 section 2.3). Copying a prepared HMAC
    costs half of `hmac.digest`, which sets the key up anew at every call.
    """
    return hmac.new(hmac.digest(secret, label.encode() + b"\x01", "sha256"), digestmod="sha256")


def fingerprint(secret: bytes) -> str:
    """By which a secret is known again and not found out: 64 bits of SHA-256, in hexadecimal."""
    return hashlib.sha256(b"nguon stamp key" + secret).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class StampKey:
    """One key of the ring. `secret` is at least 32 bytes; neither it nor what it gives is ever printed.

    `fingerprint` tells one secret from another (16 hex digits) and says nothing of it: a roll keeps it beside the id.
    """

    id: str
    secret: bytes = field(repr=False)
    fingerprint: str = field(init=False, compare=False)
    tag: hmac.HMAC = field(init=False, repr=False, compare=False)
    mask: hmac.HMAC = field(init=False, repr=False, compare=False)
    pin: hmac.HMAC = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id):
            raise ValueError(f"stamp key id {self.id!r}: up to 16 of a-z, 0-9, '-' and '_' wanted")
        if len(self.secret) < MIN_SECRET_BYTES:
            raise ValueError(
                f"stamp key {self.id!r}: the secret has {len(self.secret)} bytes, "
                f"at least {MIN_SECRET_BYTES} ({2 * MIN_SECRET_BYTES} hex digits) wanted"
            )
        for name in ("tag", "mask", "pin"):
            object.__setattr__(self, name, _sub_key(self.secret, f"nguon stamp {name}"))
        object.__setattr__(self, "fingerprint", fingerprint(self.secret))

    def made(self, key_id: str, fingerprint: str | None) -> bool:
        """Whether a roll with this key id and fingerprint (None: not known) was made under this key."""
        return key_id == self.id and fingerprint in (None, self.fingerprint)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All stamp keys in force; the first issues, every one of them opens."""

    keys: tuple[StampKey, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("stamp keys: at least one key wanted")
        ids = [key.id for key in self.keys]
        doubled = sorted({key_id for key_id in ids if ids.count(key_id) > 1})
        if doubled:
            raise ValueError(f"stamp keys: id {', '.join(doubled)} stands there more than once")
        if len({key.secret for key in self.keys}) < len(self.keys):
            # Two ids with one secret: a code would name whichever stands first as its issuer.
            raise ValueError("stamp keys: two ids share one secret")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:hex,id:hex`, the issuing key first; raise ValueError, without the secret in it."""
        return cls(tuple(_parse_key(part.strip(), place) for place, part in enumerate(text.split(","), 1)))

    @property
    def issuing(self) -> StampKey:
        """The key under which new stamps are issued."""
        return self.keys[0]

    def get(self, key_id: str) -> StampKey | None:
        """The key with this id, as a roll stores it, or None when it has left the ring."""
        return next((key for key in self.keys if key.id == key_id), None)

    def __iter__(self) -> Iterator[StampKey]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.keys)


def _parse_key(part: str, place: int) -> StampKey:
    key_id, colon, digits = part.partition(":")
    if not colon:
        raise ValueError(f"stamp keys: entry {place} is not of the form id:hex")
    try:
        secret = bytes.fromhex(digits)
    except ValueError:
        raise ValueError(f"stamp keys: the secret of {key_id!r} is not hexadecimal") from None
    return StampKey(key_id.strip(), secret)
