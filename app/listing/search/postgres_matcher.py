"""Reading the search tables of PostgreSQL through one connection."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from app.listing.search.correction import KnownWord, Vocabulary
from app.listing.search.finding import Matches
from app.listing.search.words import (
    ANYWHERE,
    BEGINS_ANYWHERE,
    BEGINS_IN_NAME,
    EXACT_IN_NAME,
    HEADS_NAME,
    IN_NAME,
    QueryWord,
)


def has_trigrams(connection: Connection) -> bool:
    """Whether words can be compared by groups of letters here."""
    return bool(connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")))


class Tables:
    """The tables seen through one connection: what `find` asks of an engine."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def match(self, words: Sequence[QueryWord], limit: int | None) -> Matches:
        """Find the products in which every word occurs, and order them by the tiers."""
        facts: dict[str, Any] = {"all": " & ".join(_ask(word.folded, word.prefix) for word in words)}
        worths = [_worth(word, number, facts) for number, word in enumerate(words)]
        return self._ranked(
            f"SELECT product_id, prior + {' + '.join(worths)} AS score FROM product_search "  # noqa: S608 - parts above
            "WHERE document @@ CAST(:all AS tsquery)",
            facts,
            limit,
        )

    def _ranked(self, matched: str, facts: dict[str, Any], limit: int | None) -> Matches:
        rows = self._connection.execute(
            text(
                f"SELECT product_id, score, count(*) OVER () FROM ({matched}) AS matched "  # noqa: S608 - as above
                "ORDER BY score DESC, product_id LIMIT CAST(:limit AS bigint)"
            ),
            {**facts, "limit": limit},
        ).all()
        if not rows:
            return Matches()
        return Matches(tuple(row[0] for row in rows), tuple(float(row[1]) for row in rows), rows[0][2])

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of the index."""
        return self

    def starting_with(self, letter: str) -> Iterable[KnownWord]:
        """Every word that begins with this letter or digit, which no LIKE pattern takes for a sign."""
        return self._words("word LIKE :start", {"start": f"{letter}%"})

    def alike(self, word: str) -> Iterable[KnownWord]:
        """Words that share many groups of letters with this one, the most alike first, where pg_trgm is there."""
        if not has_trigrams(self._connection):
            return ()
        return self._words(
            "word % :word ORDER BY similarity(word, :word) DESC, word LIMIT 10", {"word": word}
        )

    def known(self, words: Collection[str]) -> dict[str, KnownWord]:
        """Those of the words that are in the index."""
        return {word.folded: word for word in self._words("word = ANY(:words)", {"words": list(words)})}

    def _words(self, which: str, facts: dict[str, Any]) -> Iterable[KnownWord]:
        rows = self._connection.execute(
            text(f"SELECT word, accented, products FROM product_search_word WHERE {which}"),  # noqa: S608 - as above
            facts,
        )
        return [KnownWord(*row) for row in rows]


def _ask(word: str, prefix: bool = False) -> str:
    return f"'{word}':*" if prefix else f"'{word}'"


def _worth(word: QueryWord, number: int, facts: dict[str, Any]) -> str:
    """Return the expression for what one word is worth in a row, and put its parameters among the facts."""
    exact, whole, begins = f"exact{number}", f"whole{number}", f"begins{number}"
    facts[exact], facts[whole] = _ask(word.exact), _ask(word.folded)
    tiers = [("exact", exact, EXACT_IN_NAME), ("name", whole, IN_NAME)]
    least = ANYWHERE
    if word.prefix:
        facts[begins] = _ask(word.folded, prefix=True)
        tiers += [("name", begins, BEGINS_IN_NAME), ("document", whole, ANYWHERE)]
        least = BEGINS_ANYWHERE
    cases = " ".join(
        f"WHEN {column} @@ CAST(:{name} AS tsquery) THEN CAST({worth} AS float8)"
        for column, name, worth in tiers
    )
    facts[f"head{number}"] = word.folded
    heads = f"CASE WHEN head = :head{number} THEN CAST({HEADS_NAME} AS float8) ELSE 0 END"
    return f"CASE {cases} ELSE CAST({least} AS float8) END + {heads}"
