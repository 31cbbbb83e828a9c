"""The words of a document and of a query, and what a word found in a name is worth.

Both engines index these words and score by these tiers, so that they order alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from app.core.text import PREFIX_LENGTH, exact_tokens, search_tokens
from app.listing.search.backend import ProductDocument

EXACT_IN_NAME: Final = 8.0
IN_NAME: Final = 4.0
BEGINS_IN_NAME: Final = 2.0
ANYWHERE: Final = 1.0
BEGINS_ANYWHERE: Final = 0.5
HEADS_NAME: Final = 1.0
"""A Vietnamese name begins with what the thing is: *cam Cao Phong* is an orange, *mứt cam* is not."""

STEP: Final = 0.5
"""The smallest step between what words are worth; what settles ties stays below it."""
_SHORT_NAME: Final = 0.3  # these two make 0.45 at most
_WEIGHT: Final = 0.15

RULES: Final = 2
"""Which rules below the words of an index follow. Others would find nothing in it: Whoosh then counts it as no index,
for PostgreSQL a migration empties the tables, and either way it is built anew."""

QUERY_LENGTH: Final = 200
"""Characters of a query that are read."""
QUERY_WORDS: Final = 8
"""Different words of a query that are searched."""
_WRITTEN_OUT: Final = {
    short: tuple(search_tokens(long))
    for short, long in {
        "htx": "hợp tác xã",
        "cty": "công ty",
        "tp": "thành phố",
        "hcm": "Hồ Chí Minh",
        "tphcm": "thành phố Hồ Chí Minh",
        "cafe": "cà phê",
        "caphe": "cà phê",
        "coffee": "cà phê",
    }.items()
}
"""Words for which products, producers and places are known by others too; both are read as the same words."""

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


def written_out(words: Iterable[str]) -> list[str]:
    """Return folded words with every one that stands for others in their place."""
    return [full for word in words for full in _WRITTEN_OUT.get(word, (word,))]


def indexed_words(doc: ProductDocument) -> IndexedWords:
    """Fold a document into the words it is found by; `anywhere` holds those of the name too."""
    in_name = search_tokens(doc.name)
    rest = search_tokens(f"{doc.producer} {doc.place_terms} {doc.group_terms} {doc.description}")
    name = written_out(in_name)
    # As written, too: "caf" begins "cafe".
    different = _different(name + in_name)
    return IndexedWords(
        exact=_different(exact_tokens(doc.name)),
        name=different,
        anywhere=_different([*different, *written_out(rest), *rest]),
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


def query_of(folded: str, exact: str) -> list[QueryWord]:
    """Return the words that a word of a query is read as: itself, or those it stands for."""
    return [
        QueryWord(word[:_WORD_LENGTH], exact[:_WORD_LENGTH]) for word in _WRITTEN_OUT.get(folded, (folded,))
    ]


def query_words(text: str) -> tuple[QueryWord, ...]:
    """Return the first different words of a query, as far as they are read."""
    read = text[:QUERY_LENGTH]
    folded, accented = search_tokens(read), exact_tokens(read)
    if len(folded) != len(accented):  # signs outside Vietnamese that split differently without accents
        accented = folded
    different: dict[str, QueryWord] = {}
    for typed, exact in zip(folded, accented, strict=True):
        for word in query_of(typed, exact):
            different.setdefault(word.folded, word)
    return tuple(different.values())[:QUERY_WORDS]
