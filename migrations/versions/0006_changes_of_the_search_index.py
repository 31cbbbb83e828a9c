"""The last changes of the search index, which readers follow in memory.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_search_change",
        sa.Column(
            "version",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "products",
            ARRAY(sa.BigInteger()).with_variant(sa.Text(), "sqlite"),
            nullable=True,
            comment="what changed with this version, null for everything",
        ),
        sa.PrimaryKeyConstraint("version", name="pk_product_search_change"),
        comment="The last changes of the search index, which readers follow in memory.",
    )


def downgrade() -> None:
    op.drop_table("product_search_change")
