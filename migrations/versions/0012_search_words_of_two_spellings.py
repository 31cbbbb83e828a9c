"""Search by words of two spellings: an index of former rules is emptied, and what compared letters there goes.

The site builds an empty index anew by itself (`search.mend`, and at the start of `serve`). Likeness of words is asked
of the words in memory, as on Whoosh, so no extension is needed any more; pg_trgm itself stays, it may be somebody's.

Revision ID: 0012
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("DROP INDEX IF EXISTS ix_product_search_word_letters")
    op.execute("DROP INDEX IF EXISTS ix_product_search_word_prefix")
    _empty()


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _empty()
    op.execute("CREATE INDEX ix_product_search_word_prefix ON product_search_word (word text_pattern_ops)")


def _empty() -> None:
    op.execute("DELETE FROM product_search")
    op.execute("DELETE FROM product_search_word")
    op.execute("DELETE FROM product_search_change")
