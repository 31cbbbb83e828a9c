"""The event log: EPCIS events, and their places in the chains of areas and batches.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", ID, nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("event_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("error_declaration", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_hash", "events", ["hash"])
    op.create_table(
        "event_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("sequence", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.CheckConstraint("subject_kind IN ('area', 'batch')", name=op.f("ck_event_links_subject_kind")),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_event_links_sequence")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_links_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_links")),
        sa.UniqueConstraint(
            "subject_kind",
            "subject_id",
            "sequence",
            name=op.f("uq_event_links_subject_kind_subject_id_sequence"),
        ),
    )
    op.create_index("ix_event_links_event_id", "event_links", ["event_id"])


def downgrade() -> None:
    op.drop_table("event_links")
    op.drop_table("events")
