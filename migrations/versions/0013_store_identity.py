"""An identity for the database, and what it remembers of the stores beside it.

Revision ID: 0013
Revises: 0008
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    marks = op.create_table(
        "store_marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_store_marks"),
    )
    op.bulk_insert(marks, [{"name": "database", "mark": secrets.token_hex(16)}])


def downgrade() -> None:
    op.drop_table("store_marks")
