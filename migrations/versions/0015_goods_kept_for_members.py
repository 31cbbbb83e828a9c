"""Goods of a guest's cart that did not fit into the member's at log-in are kept for the member.

Revision ID: 0016
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("carts") as carts:
        carts.add_column(sa.Column("kept_for_id", ID, nullable=True))
        carts.create_foreign_key("fk_carts_kept_for_id_users", "users", ["kept_for_id"], ["id"])
        carts.create_index("ix_carts_kept_for_id", ["kept_for_id"])


def downgrade() -> None:
    """What was kept becomes a guest's cart again that nobody has the token of; it is forgotten in its time."""
    with op.batch_alter_table("carts") as carts:
        carts.drop_index("ix_carts_kept_for_id")
        carts.drop_constraint("fk_carts_kept_for_id_users", type_="foreignkey")
        carts.drop_column("kept_for_id")
