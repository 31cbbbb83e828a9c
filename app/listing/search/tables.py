"""The tables of the PostgreSQL engine. On SQLite they stay empty: Whoosh has its index in a folder."""

from typing import Final

from sqlalchemy import BigInteger, Column, Double, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

from app.core.db import Model

_WORDS: Final = TSVECTOR().with_variant(Text(), "sqlite")

product_search = Table(
    "product_search",
    Model.metadata,
    Column(
        "product_id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    ),
    Column("exact", _WORDS, nullable=False, comment="words of the name, accents kept"),
    Column("name", _WORDS, nullable=False, comment="words of the name, folded"),
    Column("document", _WORDS, nullable=False, comment="every word, folded; alone decides what matches"),
    Column("head", Text(), nullable=False, comment="first word of the name, folded"),
    Column("prior", Double(), nullable=False, comment="settles ties"),
    comment="Search index derived from products; no foreign key, it is rebuilt by `search reindex`.",
)

product_search_word = Table(
    "product_search_word",
    Model.metadata,
    Column("word", Text(), primary_key=True, comment="folded"),
    Column("accented", Text(), nullable=False, comment="commonest spelling in names, or the word itself"),
    Column("products", Integer(), nullable=False, comment="how many have it"),
    comment="The words of the search index, to correct typing errors by.",
)

product_search_change = Table(
    "product_search_change",
    Model.metadata,
    Column("version", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    Column(
        "products",
        ARRAY(BigInteger()).with_variant(Text(), "sqlite"),
        comment="what changed with this version, null for everything",
    ),
    comment="The last changes of the search index, which readers follow in memory.",
)

POSTGRES_DDL: Final = (
    # Without fastupdate: a job pays for writing, so that no query has to read through a list of pending words.
    "CREATE INDEX IF NOT EXISTS ix_product_search_document "
    "ON product_search USING gin (document) WITH (fastupdate = off)",
)
"""To be run in order after the tables are made, on PostgreSQL only; running them again changes nothing."""
