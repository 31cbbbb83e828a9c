"""Year of recognition on order lines: all that is known of a certificate whose dates no source gives.

Lines placed before take the year of the certificate that decided on their day, if it gave the rank they hold.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DAY_IN_VIETNAM = {
    "sqlite": "date(o.placed_at, '+7 hours')",
    "postgresql": "CAST(o.placed_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)",
}


def upgrade() -> None:
    op.add_column(
        "order_lines",
        sa.Column("recognised_year", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    )
    day = DAY_IN_VIETNAM[op.get_bind().dialect.name]
    op.execute(
        f"""
        UPDATE order_lines SET recognised_year = (
            SELECT max(c.recognised_year)
            FROM orders o
            JOIN variants v ON v.id = order_lines.variant_id
            JOIN certificates c ON c.product_id = v.product_id
            WHERE o.id = order_lines.order_id
              AND c.decides_from <= {day} AND c.decides_until > {day}
              AND COALESCE(c.stars, 0) = COALESCE(order_lines.stars, 0)
        )
        WHERE standing NOT IN ('none', 'pending')
        """  # noqa: S608 - both texts are written above
    )


def downgrade() -> None:
    op.drop_column("order_lines", "recognised_year")
