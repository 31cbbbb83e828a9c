"""Certificates recorded in error, levels that were abolished, and alcohol as a recorded fact.

A back-dated award had taken the days of the certificate before it, a withdrawal on them among these: such a pair is
put back to what was said at the time, which its rows still hold. Products with a word of alcohol anywhere in their
name are withheld from sale until somebody of the programme has said that they are none.

Revision ID: 0011
Revises: 0008
"""

from __future__ import annotations

import datetime as dt
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LEVELS = "'district', 'province', 'national'"
VIETNAM = dt.timezone(dt.timedelta(hours=7))
IN_ERROR = (
    "recorded_in_error_at IS NULL"
    " OR (recorded_in_error_reason IS NOT NULL AND believed_until IS NOT NULL"
    " AND decides_from = decides_until)"
)


PRODUCT_CHECKS = (
    ("alcohol_record", "alcohol_record IN ('not-recorded', 'alcohol', 'not-alcohol')"),
    ("alcohol_recorder", "alcohol_recorder IN ('producer', 'programme')"),
    ("alcohol_recorded", "(alcohol_record = 'not-recorded') = (alcohol_recorder IS NULL)"),
)


def certificate_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("withdrawn_by_decision", sa.String(), nullable=True),
        sa.Column("recorded_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_in_error_by", sa.String(), nullable=True),
        sa.Column("recorded_in_error_reason", sa.String(), nullable=True),
        sa.Column("believed_until", sa.Date(), nullable=True),
    )


def product_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("alcohol_record", sa.String(), nullable=False, server_default="not-recorded"),
        sa.Column("alcohol_recorder", sa.String(), nullable=True),
        sa.Column("alcohol_recorded_by", sa.String(), nullable=True),
        sa.Column("alcohol_recorded_at", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    levels = op.create_table(
        "abolished_levels",
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("successor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.CheckConstraint(f"level IN ({LEVELS})", name=op.f("ck_abolished_levels_level")),
        sa.CheckConstraint(f"successor IN ({LEVELS})", name=op.f("ck_abolished_levels_successor")),
        sa.PrimaryKeyConstraint("level", name=op.f("pk_abolished_levels")),
    )
    # Districts end with 30 June 2025; what they did for the programme is the province's (QĐ 1489/QĐ-TTg, 6 July 2025).
    op.bulk_insert(
        levels,
        [
            {
                "level": "district",
                "last_day": dt.date(2025, 6, 30),
                "successor": "province",
                "act": "Luật 72/2025/QH15",
            }
        ],
    )
    with op.batch_alter_table("certificates") as batch_op:
        for column in certificate_columns():
            batch_op.add_column(column)
        batch_op.create_check_constraint(op.f("ck_certificates_recorded_in_error"), IN_ERROR)
    with op.batch_alter_table("products") as batch_op:
        for column in product_columns():
            batch_op.add_column(column)
        for name, check in PRODUCT_CHECKS:
            batch_op.create_check_constraint(op.f(f"ck_products_{name}"), check)
    with op.batch_alter_table("products") as batch_op:
        batch_op.alter_column("alcohol_record", server_default=None)
    _give_back_erased_withdrawals()
    _withhold_by_name()


def downgrade() -> None:
    with op.batch_alter_table("products") as batch_op:
        for name, _ in PRODUCT_CHECKS:
            batch_op.drop_constraint(op.f(f"ck_products_{name}"), type_="check")
        for column in product_columns():
            batch_op.drop_column(column.name)
    with op.batch_alter_table("certificates") as batch_op:
        batch_op.drop_constraint(op.f("ck_certificates_recorded_in_error"), type_="check")
        for column in certificate_columns():
            batch_op.drop_column(column.name)
    op.drop_table("abolished_levels")


def _give_back_erased_withdrawals() -> None:
    """Let an award that was typed after a withdrawal, and had begun before it, begin on the day it was typed."""
    rows = sa.table(
        "certificates",
        *(sa.column(name) for name in ("id", "product_id", "source_id")),
        *(sa.column(name, sa.Date) for name in ("decides_from", "decides_until", "withdrawn_on")),
        sa.column("created_at", sa.DateTime(timezone=True)),
    ).c
    old, new = rows.id.table.alias("old"), rows.id.table.alias("new")
    pairs = op.get_bind().execute(
        sa.select(old.c.id, new.c.id.label("after"), new.c.created_at, new.c.decides_until)
        .join(
            new,
            sa.and_(new.c.product_id == old.c.product_id, new.c.decides_from == old.c.decides_until),
        )
        .where(old.c.withdrawn_on >= old.c.decides_until, new.c.source_id.is_(None), new.c.id > old.c.id)
    )
    for pair in pairs.all():
        typed = pair.created_at
        typed = (typed if typed.tzinfo else typed.replace(tzinfo=dt.UTC)).astimezone(VIETNAM).date()
        if typed > pair.decides_until:
            continue  # a third one began before this one was typed: for people to say
        table = rows.id.table
        op.execute(sa.update(table).where(rows.id == pair.id).values(decides_until=typed))
        op.execute(sa.update(table).where(rows.id == pair.after).values(decides_from=typed))


# The words of app/catalogue/alcohol.py on the day of this migration.
FOLDED_WORDS = {
    *("ruou", "ruu", "vodka", "whisky", "whiskey", "brandy", "cognac", "tequila", "soju", "sake", "shochu"),
    *("makgeolli", "wine", "beer", "lager", "cider", "liqueur", "cocktail", "champagne"),
}
EXACT_WORDS = {"vang", "bia", "tửu", "tuu", "rum", "gin"}
PHRASES = ("có cồn", "co con", "sâm panh", "sam panh", "sâm banh", "sam banh")


def _withhold_by_name() -> None:
    products = sa.table(
        "products", sa.column("id"), sa.column("name", sa.String), sa.column("alcohol", sa.Boolean)
    )
    rows = op.get_bind().execute(sa.select(products.c.id, products.c.name).where(sa.not_(products.c.alcohol)))
    named = [row.id for row in rows.all() if _is_suspicious(row.name)]
    for start in range(0, len(named), 500):
        some = named[start : start + 500]
        op.execute(sa.update(products).where(products.c.id.in_(some)).values(alcohol=True))


def _is_suspicious(name: str) -> bool:
    plain = unicodedata.normalize("NFKC", name).translate(str.maketrans("ƣƢ", "ưƯ")).casefold()
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    bare = {
        "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        for word in words
    }
    said = f" {' '.join(words)} "
    return bool(
        bare & FOLDED_WORDS or EXACT_WORDS & set(words) or any(f" {phrase} " in said for phrase in PHRASES)
    )
