"""Typing errors: which known words were meant.

A Vietnamese syllable has two to six letters, too few for trigrams to recognise after one slip (*mut* and *mat* share
one in seven). So the words of the index are compared by edits: the first letter holds, one slip is allowed, two from
seven letters on; an exchange of neighbours is one slip, and so is a missing space. Likeness by groups of letters, where
an engine has it, is left for what remains: long words with a wrong first letter or many slips (*xhocolate*).
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Final, Protocol

from whoosh.support.levenshtein import damerau_levenshtein

from app.listing.search.words import QueryWord

_CHOICES: Final = 5  # alternatives tried for one word
_ATTEMPTS: Final = 40  # combinations tried for a query; each costs one search
_READINGS: Final = 1000  # combinations weighed against each other
_LONG_WORD: Final = 7
_SHORTEST_PART: Final = 2
_ALIKE: Final = 3  # more slips than are counted


@dataclass(frozen=True, slots=True)
class KnownWord:
    """A folded word of the index, its commonest spelling in names (or itself) and how many products have it."""

    folded: str
    accented: str
    products: int


class Vocabulary(Protocol):
    """The words of an index."""

    def starting_with(self, letter: str) -> Iterable[KnownWord]:
        """Every word that begins with this letter."""
        ...

    def alike(self, word: str) -> Iterable[KnownWord]:
        """Words that share many groups of letters with this one, the most alike first; may be unable to."""
        ...

    def known(self, words: Collection[str]) -> dict[str, KnownWord]:
        """Those of the words that are in the index."""
        ...


class WordList:
    """A vocabulary in memory."""

    def __init__(self, words: Iterable[KnownWord]) -> None:
        self._by_word = {word.folded: word for word in words}
        self._by_letter = defaultdict[str, list[KnownWord]](list)
        for word in self._by_word.values():
            self._by_letter[word.folded[0]].append(word)

    def starting_with(self, letter: str) -> Iterable[KnownWord]:
        """Every word that begins with this letter."""
        return self._by_letter.get(letter, ())

    def known(self, words: Collection[str]) -> dict[str, KnownWord]:
        """Those of the words that are in the list."""
        return {word: self._by_word[word] for word in words if word in self._by_word}

    def alike(self, word: str) -> Iterable[KnownWord]:
        """None: there is no index of letter groups."""
        return ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """A reading of one typed word, and how far it is from what was typed."""

    words: tuple[QueryWord, ...]
    slips: int


def corrections(words: Sequence[QueryWord], vocabulary: Vocabulary) -> Iterator[tuple[QueryWord, ...]]:
    """Yield the query with its unknown words replaced by known ones, the likeliest reading first."""
    known = vocabulary.known({word.folded for word in words})
    if all(word.folded in known for word in words):
        return
    yield from _combinations(
        [[_Choice((word,), 0)] if word.folded in known else _choices(word, vocabulary) for word in words]
    )


def _choices(word: QueryWord, vocabulary: Vocabulary) -> list[_Choice]:
    """Return the words that may have been meant, nearest and commonest first, then two words run together."""
    allowed = 2 if len(word.folded) >= _LONG_WORD else 1
    near: list[tuple[int, int, str, KnownWord]] = []
    for candidate in vocabulary.starting_with(word.folded[0]):
        if abs(len(candidate.folded) - len(word.folded)) > allowed:
            continue
        slips = int(damerau_levenshtein(word.folded, candidate.folded, limit=allowed))
        if slips <= allowed:
            near.append((slips, -candidate.products, candidate.folded, candidate))
    nearest = [_Choice((_as_query(best[3]),), best[0]) for best in heapq.nsmallest(_CHOICES, near)]
    nearest += _splits(word, vocabulary)
    return nearest or [
        _Choice((_as_query(other),), _ALIKE) for other in islice(vocabulary.alike(word.folded), _CHOICES)
    ]


def _splits(word: QueryWord, vocabulary: Vocabulary) -> list[_Choice]:
    """Return readings of a word as two that were run together; of several the commonest pair."""
    cuts = range(_SHORTEST_PART, len(word.folded) - _SHORTEST_PART + 1)
    pairs = [(word.folded[:cut], word.folded[cut:]) for cut in cuts]
    known = vocabulary.known({part for pair in pairs for part in pair})
    whole = [(known[left], known[right]) for left, right in pairs if left in known and right in known]
    whole.sort(key=lambda pair: -min(pair[0].products, pair[1].products))
    return [_Choice((_as_query(left), _as_query(right)), 1) for left, right in whole[:2]]


def _as_query(word: KnownWord) -> QueryWord:
    return QueryWord(word.folded, word.accented)


def _combinations(choices: Sequence[Sequence[_Choice]]) -> Iterator[tuple[QueryWord, ...]]:
    """Yield one reading per typed word, fewest slips first."""
    each = max(2, int(_READINGS ** (1 / len(choices))))  # of eight words the two best readings each, no more
    readings = product(*(list(enumerate(of_word[:each])) for of_word in choices))
    costed = (
        (sum(choice.slips for _, choice in reading), sum(rank for rank, _ in reading), number, reading)
        for number, reading in enumerate(readings)
    )
    for *_, reading in heapq.nsmallest(_ATTEMPTS, costed):
        yield tuple(word for _, choice in reading for word in choice.words)
