"""Stamp numbers and the codes printed for them.

A stamp is a number n of 40 bits; its code is 16 Crockford base-32 letters, a keyed bijection in the
synthetic-IV form (design decision 4):

    tag = HMAC(k1, n)[:40 bits]     masked = n XOR HMAC(k2, tag)[:40 bits]     code = tag ‖ masked

So a forged code is refused without a database read, and codes tell neither order nor volume. A
photocopy of a genuine code is genuine to this module: only the scan history can tell it apart.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.trace.stamps.keys import StampKey

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O (misread) and no U."""

NUMBER_BITS = 40
NUMBER_LIMIT = 1 << NUMBER_BITS
"""Stamp numbers run from 0 to this, less one."""

CODE_LENGTH = 16
GROUPS = 4
GROUP_LENGTH = 4
PIN_LENGTH = 6

_NUMBER_BYTES = NUMBER_BITS // 8
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
# `int(text, 32)` counts 0-9a-v and also takes signs, blanks and underscores: each letter is moved to
# its digit, and every other byte to one that int() refuses.
_TO_DIGITS = bytes(
    b"0123456789abcdefghijklmnopqrstuv"[ALPHABET.index(chr(byte))] if chr(byte) in ALPHABET else ord("!")
    for byte in range(256)
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A genuine code opened: the stamp's number and the id of the key that opened it.

    The caller compares `key_id` with the roll's: a code that opens under another key is unknown.
    """

    n: int
    key_id: str


def _require_number(n: int) -> None:
    if not 0 <= n < NUMBER_LIMIT:
        raise ValueError(f"stamp number {n} is outside 0 … 2^{NUMBER_BITS} - 1")


def encode(n: int, key: StampKey) -> str:
    """The 16-letter code of stamp number `n`; ValueError outside 40 bits."""
    _require_number(n)
    return next(_encode_each((n,), key))


def encode_range(first: int, count: int, key: StampKey) -> Iterator[str]:
    """The codes of `count` stamps from number `first` on, one after the other, in constant memory."""
    if count < 0:
        raise ValueError(f"a range of {count} stamps")
    if count:
        _require_number(first)
        _require_number(first + count - 1)
    return _encode_each(range(first, first + count), key)


def _encode_each(numbers: Iterable[int], key: StampKey) -> Iterator[str]:
    new_tag, new_mask, pairs, width = key.tag.copy, key.mask.copy, _PAIRS, _NUMBER_BYTES
    for n in numbers:
        tag_mac = new_tag()
        tag_mac.update(n.to_bytes(width, "big"))
        tag = tag_mac.digest()[:width]
        mask_mac = new_mask()
        mask_mac.update(tag)
        high = int.from_bytes(tag, "big")
        low = n ^ int.from_bytes(mask_mac.digest()[:width], "big")
        yield (
            pairs[high >> 30]
            + pairs[high >> 20 & 1023]
            + pairs[high >> 10 & 1023]
            + pairs[high & 1023]
            + pairs[low >> 30]
            + pairs[low >> 20 & 1023]
            + pairs[low >> 10 & 1023]
            + pairs[low & 1023]
        )


def decode(code: str, ring: Iterable[StampKey]) -> Decoded | None:
    """Open a code written as printed (16 capitals, no blanks), or None for anything not genuine.

    Every key of the ring is tried. Nothing a caller can send raises.
    """
    if len(code) != CODE_LENGTH:
        return None
    try:
        value = int(code.encode("ascii").translate(_TO_DIGITS), 32)
    except ValueError:  # a foreign letter, or one outside ASCII
        return None
    high, low = divmod(value, NUMBER_LIMIT)
    tag = high.to_bytes(_NUMBER_BYTES, "big")
    for key in ring:
        mask_mac = key.mask.copy()
        mask_mac.update(tag)
        n = low ^ int.from_bytes(mask_mac.digest()[:_NUMBER_BYTES], "big")
        tag_mac = key.tag.copy()
        tag_mac.update(n.to_bytes(_NUMBER_BYTES, "big"))
        if hmac.compare_digest(tag_mac.digest()[:_NUMBER_BYTES], tag):
            return Decoded(n, key.id)
    return None


def pin(n: int, key: StampKey) -> str:
    """The six digits hidden under the scratch layer of stamp `n`."""
    _require_number(n)
    mac = key.pin.copy()
    mac.update(n.to_bytes(_NUMBER_BYTES, "big"))
    # 64 bits modulo 10^6: no digit string is likelier than another by more than 1 in 10^13.
    return f"{int.from_bytes(mac.digest()[:8], 'big') % 10**PIN_LENGTH:0{PIN_LENGTH}d}"


def group(code: str) -> str:
    """The code as people read it: 'XXXX XXXX XXXX XXXX'."""
    return " ".join(_by_fours(code))


class ProblemKind(StrEnum):
    """What is wrong with one group of a typed code."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    FOREIGN_LETTER = "foreign-letter"


@dataclass(frozen=True, slots=True)
class GroupProblem:
    """One fault in a typed code. `group` counts from 0; `char` is the foreign letter as typed, else ''."""

    group: int
    kind: ProblemKind
    char: str = ""


@dataclass(frozen=True, slots=True)
class ParsedCode:
    """A typed code, tidied and split in four.

    `code` is there when the letters, blanks aside, are sixteen of the alphabet. It can then still
    carry a length problem (a blank typed in the wrong place): decode it first, and show the problem
    only if it does not open. A `code` that does not open gets no correction, for that would be a
    hint to whoever guesses.
    """

    code: str | None
    groups: tuple[str, ...]
    problems: tuple[GroupProblem, ...]


_KINDLY = str.maketrans({"O": "0", "I": "1", "L": "1"})
_LETTERS = frozenset(ALPHABET)
_LONGEST_TYPED = 128


def parse_typed(text: str) -> ParsedCode:
    """Read what a person typed: blanks, hyphens and case ignored, O as 0, I and L as 1.

    The groups are those of the separators typed, or else fours; each wrong one is named in `problems`.
    """
    parts = [part.upper().translate(_KINDLY) for part in _split(text[:_LONGEST_TYPED])]
    letters = "".join(parts)
    groups = _four_groups(parts)
    problems = tuple(_problems(groups))
    right = len(letters) == CODE_LENGTH and _LETTERS.issuperset(letters)
    return ParsedCode(letters if right else None, groups, problems)


def _split(text: str) -> list[str]:
    return ["".join(run) for run in _runs(unicodedata.normalize("NFKC", text))]


def _runs(text: str) -> Iterator[str]:
    """Runs of anything but blanks and dashes (all of Unicode's: phones turn '-' into '–')."""
    spaced = "".join(" " if char == "\u2212" or unicodedata.category(char) == "Pd" else char for char in text)
    yield from re.findall(r"\S+", spaced)


def _by_fours(letters: str) -> list[str]:
    return [letters[start : start + GROUP_LENGTH] for start in range(0, len(letters), GROUP_LENGTH)]


def _four_groups(parts: list[str]) -> tuple[str, ...]:
    if len(parts) < GROUPS:
        # Blanks left out between some groups: 'ABCDEFG HJKM NPQR' is short in its second group.
        parts = [four for part in parts for four in _by_fours(part)]
    if len(parts) != GROUPS:
        parts = _by_fours("".join(parts))
    parts = [*parts[: GROUPS - 1], "".join(parts[GROUPS - 1 :])]
    return (*parts, *[""] * (GROUPS - len(parts)))


def _problems(groups: Iterable[str]) -> Iterator[GroupProblem]:
    for place, letters in enumerate(groups):
        if len(letters) != GROUP_LENGTH:
            short = len(letters) < GROUP_LENGTH
            yield GroupProblem(place, ProblemKind.TOO_SHORT if short else ProblemKind.TOO_LONG)
        for char in dict.fromkeys(letters):
            if char not in _LETTERS:
                yield GroupProblem(place, ProblemKind.FOREIGN_LETTER, char)
