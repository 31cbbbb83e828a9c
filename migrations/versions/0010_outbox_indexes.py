"""Indexes of the outbox for the rows that are asked for: those not done, those given up, those done long ago.

Revision ID: 0010
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_outbox_open", ["due_at", "id"], "done_at IS NULL AND gave_up_at IS NULL"),
    ("ix_outbox_given_up", ["kind"], "gave_up_at IS NOT NULL"),
    ("ix_outbox_done", ["done_at"], "done_at IS NOT NULL"),
)


def upgrade() -> None:
    for name, columns, rows in INDEXES:
        where = sa.text(rows)
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
    op.drop_index("ix_outbox_due", table_name="outbox")


def downgrade() -> None:
    op.create_index("ix_outbox_due", "outbox", ["done_at", "due_at"])
    for name, _, _ in INDEXES:
        op.drop_index(name, table_name="outbox")
