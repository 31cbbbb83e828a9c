"""What was committed, by topic: a row for each transaction in place of one row that all of them changed.

The table `content_version` is left as it is. No code of this release asks for it; the next migration that changes a
table may drop it.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("topics", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "xid",
            ID,
            nullable=True,
            server_default=sa.text("pg_current_xact_id()::text::bigint") if postgres else None,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_xid", "changes", ["xid"])


def downgrade() -> None:
    op.drop_table("changes")
