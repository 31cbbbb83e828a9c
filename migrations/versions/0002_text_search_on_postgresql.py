"""Text search on PostgreSQL.

The tables stand on SQLite too, empty: Whoosh keeps its index in a folder there.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORDS = TSVECTOR().with_variant(sa.Text(), "sqlite")

INDEXES = (
    "CREATE INDEX ix_product_search_document ON product_search USING gin (document) WITH (fastupdate = off)",
    "CREATE INDEX ix_product_search_word_prefix ON product_search_word (word text_pattern_ops)",
    """
    DO $$
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX ix_product_search_word_letters ON product_search_word USING gin (word gin_trgm_ops);
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
        RAISE NOTICE 'pg_trgm cannot be made here: search does without likeness of words';
    END
    $$
    """,
)


def upgrade() -> None:
    op.create_table(
        "product_search",
        sa.Column(
            "product_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("exact", WORDS, nullable=False, comment="words of the name, accents kept"),
        sa.Column("name", WORDS, nullable=False, comment="words of the name, folded"),
        sa.Column(
            "document", WORDS, nullable=False, comment="every word, folded; alone decides what matches"
        ),
        sa.Column("head", sa.Text(), nullable=False, comment="first word of the name, folded"),
        sa.Column("prior", sa.Double(), nullable=False, comment="settles ties"),
        sa.PrimaryKeyConstraint("product_id", name="pk_product_search"),
        comment="Search index derived from products; no foreign key, it is rebuilt by `search reindex`.",
    )
    op.create_table(
        "product_search_word",
        sa.Column("word", sa.Text(), nullable=False, comment="folded"),
        sa.Column(
            "accented", sa.Text(), nullable=False, comment="commonest spelling in names, or the word itself"
        ),
        sa.Column("products", sa.Integer(), nullable=False, comment="how many have it"),
        sa.PrimaryKeyConstraint("word", name="pk_product_search_word"),
        comment="The words of the search index, to correct typing errors by.",
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in INDEXES:
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("product_search_word")
    op.drop_table("product_search")
