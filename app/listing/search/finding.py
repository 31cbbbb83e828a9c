"""The course of a search, the same on every engine: whole words, unfinished words, other readings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from app.core.text import fold
from app.listing.search.backend import SearchHits
from app.listing.search.correction import WordList, corrections
from app.listing.search.words import QueryWord, query_words

FEW: Final = 5
"""With fewer hits than this the last word is taken as unfinished too.

Not always: *tra* (tea) would also list every *trâu* (buffalo), and a listing sorted by price shows them first.
"""

_OMITTING: Final = 3  # of so many words one may be left out


@dataclass(frozen=True, slots=True)
class Matches:
    """Products that fit, best first, and how many there are beyond the limit too."""

    ids: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    total: int = 0


class Matcher(Protocol):
    """What an engine must be able to do."""

    @property
    def vocabulary(self) -> WordList:
        """The words it knows."""
        ...

    def match(self, words: Sequence[QueryWord], limit: int | None) -> Matches:
        """Find the products in which every one of `words` occurs."""
        ...


def find(matcher: Matcher, text: str, limit: int | None) -> SearchHits:
    """Search, more and more leniently until something is found."""
    if limit is not None and limit < 1:
        raise ValueError("limit is 1 or more, or None for all")
    words = query_words(text)
    if not words:
        return SearchHits()
    matches = matcher.match(words, limit)
    if matches.total < FEW:
        matches = matcher.match((*words[:-1], words[-1].as_prefix()), limit)
    if not matches.total and len(words) > 1:
        matches = matcher.match([word.as_prefix() for word in words], limit)
    if matches.total:
        return _hits(matches, words)
    for reading in _other_readings(words, matcher):
        matches = matcher.match(reading, limit)
        if matches.total:
            return _hits(matches, reading, _spelled(reading, words))
    return _hits(matches, words)


def _other_readings(words: Sequence[QueryWord], matcher: Matcher) -> Iterator[Sequence[QueryWord]]:
    """Yield what may have been meant: a slip in a word nobody uses, else one word too many.

    A word that products do use is not doubted: *trâu* is not a slip for *trà*, there is just no such buffalo.
    """
    yield from corrections(words, matcher.vocabulary)
    if len(words) >= _OMITTING:
        shorter = [(*words[:number], *words[number + 1 :]) for number in range(len(words))]
        best = {reading: matcher.match(reading, 1) for reading in shorter}
        yield from sorted(
            (reading for reading, matches in best.items() if matches.total),
            key=lambda reading: -best[reading].scores[0],
        )


def _spelled(reading: Sequence[QueryWord], typed: Sequence[QueryWord]) -> str:
    """A reading as text: without accents where none were typed."""
    plain = all(word.exact == fold(word.exact) for word in typed)
    text = " ".join(
        dict.fromkeys(word.exact for word in reading)
    )  # "cafe" once, though it is read as two words
    return fold(text) if plain else text


def _hits(matches: Matches, words: Sequence[QueryWord], corrected: str | None = None) -> SearchHits:
    terms = tuple(word.folded for word in words)
    return SearchHits(matches.ids, matches.scores, matches.total, corrected, terms)
