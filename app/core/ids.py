"""Public identifiers: unguessable, short, safe to read aloud."""

from __future__ import annotations

import secrets

# Crockford base 32 without vowels' lookalikes: no I, L, O, U; case does not matter.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def public_id(length: int = 16) -> str:
    """A random identifier of `length` characters, 5 bits each (16: 80 bits, not to be guessed)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
