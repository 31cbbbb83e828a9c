"""Typing errors: which known words were meant.

A Vietnamese syllable has two to six letters, too few for trigrams to recognise after one slip (*mut* and *mat* share
one in seven). So the words of the index are compared by edits: the first letter holds, one slip is allowed, two from
seven letters on; an exchange of neighbours is one slip, and so are missing spaces. Likeness by groups of letters is
left for what remains: long words with a wrong first letter or many slips (*xhocolate*).

Both engines give their words as the same list, so that they repair alike.
"""

import heapq
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

from whoosh.support.levenshtein import damerau_levenshtein

from app.listing.search.words import QueryWord, query_of

_CHOICES: Final = 5  # alternatives tried for one word
_ATTEMPTS: Final = 40  # combinations tried for a query; each costs one search
_READINGS: Final = 1000  # combinations weighed against each other
_LONG_WORD: Final = 7
_SHORTEST_PART: Final = 2
_LONGEST_PART: Final = 7  # "nghiêng": no Vietnamese syllable is longer
_MOST_PARTS: Final = 6
_LONGEST_JOINED: Final = 24
_ALIKE: Final = 3  # more slips than are counted
_LIKENESS: Final = 0.3  # of the groups of letters that two words have, the part that both have


@dataclass(frozen=True, slots=True)
class KnownWord:
    """A folded word of the index, its commonest spelling in names (or itself) and how many products have it."""

    folded: str
    accented: str
    products: int


class WordList:
    """The words of an index, in memory."""

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

    def alike(self, word: str) -> list[KnownWord]:
        """Words that share many groups of three letters with this one, the most alike first."""
        groups = _groups(word)
        shared = Counter(other for group in groups for other in self._by_group.get(group, ()))
        likeness = {
            other: both / (len(groups) + len(_groups(other)) - both) for other, both in shared.items()
        }
        alike = (other for other in likeness if likeness[other] >= _LIKENESS)
        return [
            self._by_word[other]
            for other in heapq.nsmallest(_CHOICES, alike, key=lambda other: (-likeness[other], other))
        ]

    @cached_property
    def _by_group(self) -> dict[str, list[str]]:
        by_group = defaultdict[str, list[str]](list)
        for word in self._by_word:
            for group in _groups(word):
                by_group[group].append(word)
        return by_group


def _groups(word: str) -> frozenset[str]:
    """The groups of three letters in a word; where it begins weighs more than where it ends."""
    padded = f"  {word} "
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


@dataclass(frozen=True, slots=True)
class _Choice:
    """A reading of one typed word, and how far it is from what was typed."""

    words: tuple[QueryWord, ...]
    slips: int


def corrections(words: Sequence[QueryWord], vocabulary: WordList) -> Iterator[tuple[QueryWord, ...]]:
    """Yield the query with its unknown words replaced by known ones, the likeliest reading first."""
    known = vocabulary.known({word.folded for word in words})
    if all(word.folded in known for word in words):
        return
    yield from _combinations(
        [[_Choice((word,), 0)] if word.folded in known else _choices(word, vocabulary) for word in words]
    )


def _choices(word: QueryWord, vocabulary: WordList) -> list[_Choice]:
    """Return the words that may have been meant, nearest and commonest first, then two words run together."""
    allowed = 2 if len(word.folded) >= _LONG_WORD else 1
    near: list[tuple[int, int, str, KnownWord]] = []
    for candidate in vocabulary.starting_with(word.folded[0]):
        if abs(len(candidate.folded) - len(word.folded)) > allowed:
            continue
        slips = int(damerau_levenshtein(word.folded, candidate.folded, limit=allowed))
        if slips <= allowed:
            near.append((slips, -candidate.products, candidate.folded, candidate))
    nearest = [_Choice(_as_query(best[3]), best[0]) for best in heapq.nsmallest(_CHOICES, near)]
    joined = _splits(word, vocabulary)
    # What is longer than a syllable can be is sooner several without their spaces than another long word.
    choices = joined + nearest if len(word.folded) > _LONGEST_PART else nearest + joined
    return choices or [_Choice(_as_query(other), _ALIKE) for other in vocabulary.alike(word.folded)]


def _splits(word: QueryWord, vocabulary: WordList) -> list[_Choice]:
    """Return readings of a word as several that were run together: the fewest, and of those the commonest."""
    text = word.folded
    if len(text) > _LONGEST_JOINED:
        return []
    ends = {
        start: range(start + _SHORTEST_PART, min(start + _LONGEST_PART, len(text)) + 1)
        for start in range(len(text))
    }
    known = vocabulary.known({text[start:end] for start in ends for end in ends[start]})
    # By where it ends and how many words it has, the best reading of the beginning: how common its rarest word is.
    best: dict[tuple[int, int], tuple[int, tuple[KnownWord, ...]]] = {(0, 0): (sys.maxsize, ())}
    for count in range(_MOST_PARTS):
        for start, possible in ends.items():
            common, parts = best.get((start, count), (0, ()))
            for end in possible if common else ():
                if part := known.get(text[start:end]):
                    reading = (min(common, part.products), (*parts, part))
                    best[end, count + 1] = max(best.get((end, count + 1), (0, ())), reading, key=_first)
    whole = [best[len(text), count][1] for count in range(2, _MOST_PARTS + 1) if (len(text), count) in best]
    return [_Choice(tuple(query for part in parts for query in _as_query(part)), 1) for parts in whole[:2]]


def _first(reading: tuple[int, tuple[KnownWord, ...]]) -> int:
    return reading[0]


def _as_query(word: KnownWord) -> tuple[QueryWord, ...]:
    return tuple(query_of(word.folded, word.accented))


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
