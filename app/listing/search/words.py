"""The words of a document and of a query, and what a word found in a name is worth.

Both engines index these words and score by these tiers, so that they order alike.
"""

from dataclasses import dataclass, replace
from typing import Final

from app.core.text import PREFIX_LENGTH, exact_tokens, tokens
from app.listing.search.backend import ProductDocument

EXACT_IN_NAME: Final = 8.0
IN_NAME: Final = 4.0
BEGINS_IN_NAME: Final = 2.0
ANYWHERE: Final = 1.0
BEGINS_ANYWHERE: Final = 0.5
HEADS_NAME: Final = 1.0
"""A Vietnamese name begins with what the thing is: *cam Cao Phong* is an orange, *mứt cam* is not."""

_SHORT_NAME: Final = 0.3  # these two stay below the smallest step between tiers, so they only settle ties
_WEIGHT: Final = 0.15

QUERY_LENGTH: Final = 200
"""Characters of a query that are read."""
QUERY_WORDS: Final = 8
"""Different words of a query that are searched."""
_SHORT_FORMS: Final = {"htx": "hop tac xa", "cty": "cong ty", "tp": "thanh pho"}
"""Producers and places are registered under either form, and looked for under the other."""

_WORD_LENGTH: Final = 64  # longer "words" are noise, and engines limit the length of a term


@dataclass(frozen=True, slots=True)
class IndexedWords:
    """A document as the engines store it: different words in order, and what settles ties (0 to 0.45)."""

    exact: tuple[str, ...]
    name: tuple[str, ...]
    anywhere: tuple[str, ...]
    head: str
    prior: float


def _different(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word[:_WORD_LENGTH] for word in words))


def _other_forms(words: list[str]) -> list[str]:
    """Return what the short and long forms among the words are called otherwise."""
    text = f" {' '.join(words)} "
    return [
        word
        for short, long in _SHORT_FORMS.items()
        for written, other in ((short, long), (long, short))
        if f" {written} " in text
        for word in other.split()
    ]


def indexed_words(doc: ProductDocument) -> IndexedWords:
    """Fold a document into the words it is found by; `anywhere` holds those of the name too."""
    name = tokens(doc.name)
    rest = tokens(f"{doc.producer} {doc.place_terms} {doc.group_terms} {doc.description}")
    different = _different(name)
    return IndexedWords(
        exact=_different(exact_tokens(doc.name)),
        name=different,
        anywhere=_different(name + rest + _other_forms(name + rest)),
        head=different[0] if different else "",
        prior=_SHORT_NAME / max(len(name), 1) + _WEIGHT * min(max(doc.weight, 0.0), 1.0),
    )


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A word that must occur; with `prefix` the beginning of a word will do."""

    folded: str
    exact: str
    prefix: bool = False

    def as_prefix(self) -> "QueryWord":
        """The same word, taken as unfinished; a single letter stays whole, or it would match everything."""
        return replace(self, prefix=len(self.folded) >= PREFIX_LENGTH)


def query_words(text: str) -> tuple[QueryWord, ...]:
    """Return the first different words of a query, as far as they are read."""
    read = text[:QUERY_LENGTH]
    folded, accented = tokens(read), exact_tokens(read)
    if len(folded) != len(accented):  # signs outside Vietnamese that split differently without accents
        accented = folded
    different: dict[str, QueryWord] = {}
    for word, exact in zip(folded, accented, strict=True):
        different.setdefault(word, QueryWord(word[:_WORD_LENGTH], exact[:_WORD_LENGTH]))
    return tuple(different.values())[:QUERY_WORDS]
