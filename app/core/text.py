"""Vietnamese text for comparing, searching and addressing; display text is never changed here.

Vietnamese is typed with and without accents, composed (NFC) or decomposed (NFD), and with the tone mark
on either vowel of *oa, oe, uy* (hoà, hòa). Two keys answer for all of them:

* :func:`fold` drops every accent: what a person without a Vietnamese keyboard types.
* :func:`exact` keeps the accents but levels case, composition and tone placement.

Both are used for the index *and* for the query, so that they can never drift apart. A word may also have two right
spellings, *mì* and *mỳ*: :func:`spelling` writes the folded words of both in one way, for searching alone.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

SLUG_LENGTH: Final = 80
"""Longest slug :func:`slugify` makes, in characters."""

PREFIX_LENGTH: Final = 2
"""Fewest letters that match the beginning of a longer word; a single letter matches whole words only."""

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook above, dot below
_STROKED_D: Final = {"đ": "d", "ð": "d", "ɖ": "d"}  # ð and ɖ stand in for đ in text from old encodings
_WORD: Final = re.compile(r"[^\W_]+")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_Y_FOR_I: Final = re.compile(r"(?<=[bcdfghjklmnpqrstvwxz])y|(?<=qu)y")
_I_FOR_Y: Final = re.compile(r"(?<=[bcdfghjklmnpqrstvwxz])i$|(?<=qu)i")


def _without_accents(character: str) -> str:
    """Fold one character; the result (of 0 or more characters) folds to itself."""
    folded = character
    while True:
        decomposed = unicodedata.normalize("NFKD", folded.casefold())
        step = "".join(
            _STROKED_D.get(part, part) for part in decomposed if not unicodedata.combining(part)
        ).casefold()
        if step == folded:
            return step
        folded = step


class _FoldTable(dict[int, str]):
    """A ``str.translate`` table that learns each code point when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cc", "Cs"):  # NUL, tabs, lone surrogates: a gap, and nothing a database refuses
            folded = " "
        elif category == "Cf":  # zero-width space, soft hyphen: invisible, so it must not split a word
            folded = ""
        else:
            folded = _without_accents(character)
        self[code] = folded
        return folded


_FOLD: Final = _FoldTable()


class _StoredTable(dict[int, str | int]):
    """A ``str.translate`` table of what text is stored without, which learns each code point when it is first met."""

    def __missing__(self, code: int) -> str | int:
        category = unicodedata.category(chr(code))
        if category in ("Cc", "Cs", "Zl", "Zp"):  # NUL, tabs, lone surrogates, line separators: a gap
            stored: str | int = " "
        else:  # zero-width signs and those that turn the direction of writing: nobody typed or sees them
            stored = "" if category == "Cf" else code
        self[code] = stored
        return stored


_STORED: Final = _StoredTable()


def nfc(text: str) -> str:
    """Return ``text`` composed (Unicode NFC), the form in which text is stored."""
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """Return a line of typed text as it is stored: composed, without invisible signs, single blanks between words.

    >>> clean_line(" Mật\u00a0 ong\u200b\t")
    'Mật ong'
    """
    return " ".join(nfc(text.translate(_STORED)).split())


def clean_text(text: str) -> str:
    """Return typed text of several lines as it is stored: each line composed, without invisible signs, its blanks kept.

    Line ends are of one kind; blanks at the ends of lines and empty lines around the text are dropped.
    """
    lines = nfc(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.translate(_STORED).rstrip() for line in lines).strip()


def fold(text: str) -> str:
    """Return ``text`` without accents and case, đ as d, white space collapsed.

    >>> fold("Mật ong  HOÀ Bình")
    'mat ong hoa binh'
    """
    return " ".join(text.translate(_FOLD).split())


def _tone_moves(glides: str, vowels: str) -> dict[str, str]:
    """Map "toned glide + plain vowel" to "plain glide + toned vowel", in either case of each letter."""
    return {
        nfc(glide + tone) + vowel: glide + nfc(vowel + tone)
        for tone in _TONES
        for glide in glides + glides.upper()
        for vowel in vowels + vowels.upper()
    }


_MOVES: Final = _tone_moves("o", "ae") | _tone_moves("u", "y")
_MOVES_AFTER_Q: Final = _tone_moves("u", "aăâeêioôơy")
_MISPLACED: Final = re.compile(
    f"(?<=[qQ])(?:{'|'.join(_MOVES_AFTER_Q)})|{'|'.join(_MOVES)}",
)


def normalise_tone(text: str) -> str:
    """Put the tone mark of *oa, oe, uy* (and of *qu* + vowel) on the second letter; the result is NFC.

    Both placements are correct Vietnamese; this picks one so that words can be compared.

    >>> normalise_tone("Hòa, thủy, khỏe") == "Hoà, thuỷ, khoẻ"
    True
    """
    return _MISPLACED.sub(
        lambda pair: _MOVES_AFTER_Q.get(pair[0]) or _MOVES[pair[0]],
        nfc(text),
    )


def exact(text: str) -> str:
    """Return the key for comparing with accents: hoà = hòa = HÒA, but chè is not che."""
    return " ".join(normalise_tone(nfc(text.casefold())).split())


def tokens(text: str) -> list[str]:
    """Return the folded words of ``text`` in their order, repeats kept; no word is too short to count."""
    return _WORD.findall(fold(text))


def exact_tokens(text: str) -> list[str]:
    """Return the words of ``text`` in their order with accents kept, as :func:`exact` writes them."""
    return _WORD.findall(exact(text))


def spelling(folded: str) -> str:
    """Write i in folded text wherever y is as right: after a consonant, *qu* among them (mỳ = mì, quý = quí).

    After a vowel the two are different sounds (tay, tai; thuý, thúi) and at the head of a word y is usual; both stay.
    The length stays too, so that places in the text hold for the result.

    >>> spelling("my ly quy tay thuy yen")
    'mi li qui tay thuy yen'
    """
    return _Y_FOR_I.sub("i", folded) if "y" in folded else folded


def spellings(word: str) -> tuple[str, ...]:
    """Return a folded word in each spelling that is right, for a comparison with text that is folded only.

    >>> spellings("mi"), spellings("quy"), spellings("che")
    (('mi', 'my'), ('qui', 'quy'), ('che',))
    """
    with_i = spelling(word)
    return tuple(dict.fromkeys((with_i, _I_FOR_Y.sub("y", with_i), word)))


def search_tokens(text: str) -> list[str]:
    """Return the folded words of ``text``, those of two spellings in one: what is searched and what is found."""
    return _WORD.findall(spelling(fold(text)))


def slugify(text: str) -> str:
    """Return ``text`` as ``[a-z0-9-]``, at most :data:`SLUG_LENGTH` characters, cut at the edge of a word.

    The result is empty when ``text`` holds no Latin letter or digit: the caller names the thing then.
    """
    slug = _NOT_SLUG.sub("-", fold(text)).strip("-")
    if len(slug) <= SLUG_LENGTH:
        return slug
    cut = slug[: SLUG_LENGTH + 1].rfind("-")
    return slug[: cut if cut > 0 else SLUG_LENGTH]


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of the original text; ``hit`` is whether the query matched it."""

    text: str
    hit: bool


def _folded_with_origins(text: str) -> tuple[str, list[int]]:
    """Return the fold of ``text``, white space kept, and for each of its characters the index it came from.

    The list has one more entry, ``len(text)``, so that ``origins[end]`` closes a range.
    """
    pieces: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        piece = _FOLD[ord(character)]
        pieces.append(piece)
        origins.extend([index] * len(piece))
    origins.append(len(text))
    return "".join(pieces), origins


def _matched_length(word: str, terms: frozenset[str]) -> int:
    """Return how many of the first letters of ``word`` the terms cover: 0 for none."""
    if word in terms:
        return len(word)
    return max(
        (len(term) for term in terms if len(term) >= PREFIX_LENGTH and word.startswith(term)), default=0
    )


@lru_cache(maxsize=256)
def _terms(query: str) -> frozenset[str]:
    return frozenset(search_tokens(query))


def highlight(text: str, query: str) -> list[Segment]:
    """Split ``text`` where words begin with a word of ``query``; accents, case and :func:`spelling` aside.

    The segments joined are ``text`` itself, character by character, in whichever composition it came.
    No mark-up is made: the template escapes each segment and wraps the hits.
    """
    terms = _terms(query)
    searched = spelling(text.translate(_FOLD))
    if not any(term in searched for term in terms):
        return [Segment(text, False)] if text else []
    folded, origins = _folded_with_origins(text)
    segments: list[Segment] = []
    position = 0
    for word in _WORD.finditer(spelling(folded)):
        length = _matched_length(word[0], terms)
        if not length:
            continue
        start, last = max(origins[word.start()], position), word.start() + length - 1
        end = origins[bisect_right(origins, origins[last])]  # whole characters, with the accents that follow
        if start > position:
            segments.append(Segment(text[position:start], False))
        if end > start:  # not so when two folded words come from one character
            segments.append(Segment(text[start:end], True))
        position = end
    if position < len(text):
        segments.append(Segment(text[position:], False))
    return segments
