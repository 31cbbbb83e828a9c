"""What is printed is kept with the roll: GTIN, form of the address, fingerprint of the key; GTINs a variant had before.

Of rolls printed before, the GTIN is the one their variant had at the first printing: the audit log has every change of
a variant with what it was before. Fingerprints are not known here; the first printing or `flask stamps keys --confirm`
writes them.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROLLS = sa.table(
    "stamp_rolls",
    sa.column("id"),
    sa.column("variant_id"),
    sa.column("printed_at", sa.DateTime(timezone=True)),
    sa.column("gtin"),
    sa.column("address_form"),
)
VARIANTS = sa.table("variants", sa.column("id"), sa.column("gtin"))
ENTRIES = sa.table(
    "audit_entries",
    sa.column("id"),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("act"),
    sa.column("object_id"),
    sa.column("facts", sa.JSON),
)
FORMER = sa.table(
    "former_gtins",
    sa.column("variant_id"),
    sa.column("gtin"),
    sa.column("until", sa.DateTime(timezone=True)),
)
CHECKS = {
    "ck_stamp_rolls_address_form": "address_form IN ('digital-link', 'stamp')",
    "ck_stamp_rolls_printed": "(printed_at IS NULL) = (address_form IS NULL)",
    "ck_stamp_rolls_gtin": "(gtin IS NULL) = (coalesce(address_form, 'stamp') = 'stamp')",
}


def upgrade() -> None:
    op.create_table(
        "former_gtins",
        sa.Column("id", ID, nullable=False),
        sa.Column("variant_id", ID, nullable=False),
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_former_gtins_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_gtins")),
    )
    op.create_index("ix_former_gtins_variant_id", "former_gtins", ["variant_id"])
    op.create_index("ix_former_gtins_gtin", "former_gtins", ["gtin"])
    for column in ("key_fingerprint", "gtin", "address_form"):
        op.add_column("stamp_rolls", sa.Column(column, sa.String(), nullable=True))
    changes = _changes_of_gtins()
    _keep_former(changes)
    _keep_printed(changes)
    with op.batch_alter_table("stamp_rolls") as batch_op:
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(name), condition)


def downgrade() -> None:
    with op.batch_alter_table("stamp_rolls") as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(op.f(name), type_="check")
        for column in ("address_form", "gtin", "key_fingerprint"):
            batch_op.drop_column(column)
    op.drop_table("former_gtins")


def _changes_of_gtins() -> dict[int, list[tuple[Any, str | None]]]:
    """By variant: when its GTIN was changed and what it had been, the earliest first."""
    changes: dict[int, list[tuple[Any, str | None]]] = {}
    entries = op.get_bind().execute(
        sa.select(ENTRIES.c.at, ENTRIES.c.object_id, ENTRIES.c.facts)
        .where(ENTRIES.c.act == "variant.changed")
        .order_by(ENTRIES.c.at, ENTRIES.c.id)
    )
    for at, variant_id, facts in entries:
        before = facts.get("before", {}).get("gtin")
        if before != facts.get("gtin"):
            changes.setdefault(int(variant_id), []).append((at, before))
    return changes


def _keep_former(changes: dict[int, list[tuple[Any, str | None]]]) -> None:
    there = set(op.get_bind().scalars(sa.select(VARIANTS.c.id)))
    for variant_id, changed in changes.items():
        for at, before in changed:
            if before is not None and variant_id in there:
                op.execute(sa.insert(FORMER).values(variant_id=variant_id, gtin=before, until=at))


def _keep_printed(changes: dict[int, list[tuple[Any, str | None]]]) -> None:
    printed = op.get_bind().execute(
        sa.select(ROLLS.c.id, ROLLS.c.variant_id, ROLLS.c.printed_at, VARIANTS.c.gtin)
        .join(VARIANTS, VARIANTS.c.id == ROLLS.c.variant_id)
        .where(ROLLS.c.printed_at.is_not(None))
    )
    for roll_id, variant_id, printed_at, today in printed.all():
        later = (before for at, before in changes.get(variant_id, ()) if at > printed_at)
        gtin = next(later, today)
        op.execute(
            sa.update(ROLLS)
            .where(ROLLS.c.id == roll_id)
            .values(gtin=gtin, address_form="digital-link" if gtin else "stamp")
        )
