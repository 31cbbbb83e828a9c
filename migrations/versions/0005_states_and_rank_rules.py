"""States as the code can set them; bands of stars and levels of recognition as rows of the rule sets.

A CHECK that allowed a state which nothing sets is narrowed. A row that holds one was written by hand: what it means now
is for people to say, so the upgrade names such rows and leaves everything as it was.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDINGS = "'in-force', 'unconfirmed', 'lapsed', 'withdrawn', 'pending', 'none'"
LEVELS = "'district', 'province', 'national'"

# (table, column, values so far, values from now on)
NARROWED = (
    ("batches", "state", "'open','stopped','closed'", "'open', 'closed'"),
    ("dossiers", "state", "'submitted','awarded','refused','withdrawn'", "'submitted', 'awarded'"),
    ("stamp_exceptions", "state", "'void','lost','suspect'", "'void'"),
)
# Columns of states that had no CHECK.
CHECKED = (("order_lines", "standing", STANDINGS), ("certificates", "level", LEVELS))

RULE_SETS = ("1048", "1048+781", "148", "148+1489")
# Every act to date gives 3 stars from 50 points, 4 from 70, 5 from 90.
POINTS_FROM = ((3, 50), (4, 70), (5, 90))
# QĐ 1048 and 781: the district scores first, the province certifies 3 and 4 stars. QĐ 148: the district recognises
# 3 stars. QĐ 1489: without districts the province does. 5 stars are the nation's throughout.
THREE_STARS_AT = {"1048": "province", "1048+781": "province", "148": "district", "148+1489": "province"}


def upgrade() -> None:
    _refuse_unknown_states()
    for table, column, _, values in NARROWED:
        _check_anew(table, column, values)
    for table, column, values in CHECKED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({values})")
    _rank_rules()


def downgrade() -> None:
    op.drop_table("recognition_levels")
    op.drop_table("star_bands")
    for table, column, _ in CHECKED:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
    for table, column, values, _ in NARROWED:
        _check_anew(table, column, values)


def _check_anew(table: str, column: str, values: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"{column} IN ({values})")


def _refuse_unknown_states() -> None:
    found = []
    wanted = [(table, column, values) for table, column, _, values in NARROWED]
    for table, column, values in (*wanted, *CHECKED):
        asked = f"SELECT count(*) FROM {table} WHERE {column} NOT IN ({values})"  # noqa: S608 - written above
        if rows := op.get_bind().scalar(sa.text(asked)):
            found.append(f"{rows} in {table}.{column} outside {values}")
    if found:
        raise RuntimeError(
            f"states that nothing in the program sets, to be put right by hand: {'; '.join(found)}"
        )


def _rank_rules() -> None:
    bands = op.create_table(
        "star_bands",
        sa.Column("rule_set", sa.String(), nullable=False),
        sa.Column("stars", WHOLE, nullable=False),
        sa.Column("points_from", WHOLE, nullable=False),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_star_bands_stars")),
        sa.CheckConstraint("points_from BETWEEN 0 AND 100", name=op.f("ck_star_bands_points_from")),
        sa.ForeignKeyConstraint(
            ["rule_set"], ["rule_sets.code"], name=op.f("fk_star_bands_rule_set_rule_sets")
        ),
        sa.PrimaryKeyConstraint("rule_set", "stars", name=op.f("pk_star_bands")),
    )
    levels = op.create_table(
        "recognition_levels",
        sa.Column("rule_set", sa.String(), nullable=False),
        sa.Column("stars", WHOLE, nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_recognition_levels_stars")),
        sa.CheckConstraint(f"level IN ({LEVELS})", name=op.f("ck_recognition_levels_level")),
        sa.ForeignKeyConstraint(
            ["rule_set"], ["rule_sets.code"], name=op.f("fk_recognition_levels_rule_set_rule_sets")
        ),
        sa.PrimaryKeyConstraint("rule_set", "stars", name=op.f("pk_recognition_levels")),
    )
    op.bulk_insert(
        bands,
        [
            {"rule_set": code, "stars": stars, "points_from": points}
            for code in RULE_SETS
            for stars, points in POINTS_FROM
        ],
    )
    op.bulk_insert(
        levels,
        [
            {"rule_set": code, "stars": stars, "level": level}
            for code in RULE_SETS
            for stars, level in ((3, THREE_STARS_AT[code]), (4, "province"), (5, "national"))
        ],
    )
