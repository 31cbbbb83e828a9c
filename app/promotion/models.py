"""Showcases: a fair's curated page."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.changes import Touch, touches
from app.core.db import Model


class Showcase(Model):
    """A fair (phiên chợ, hội chợ): where, when, and the goods chosen for it in a stated order."""

    __tablename__ = "showcases"
    __table_args__ = (sa.CheckConstraint("ends_on >= starts_on", name="dates"), touches(Touch("showcase")))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    place: Mapped[str]
    province_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    introduction: Mapped[str | None]
    order_rule: Mapped[str | None]
    published_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))

    items: Mapped[list[ShowcaseItem]] = relationship(
        back_populates="showcase", order_by="ShowcaseItem.position", cascade="all, delete-orphan"
    )


class ShowcaseItem(Model):
    """A product chosen for a showcase, its place in the order and a note on why."""

    __tablename__ = "showcase_items"
    __table_args__ = (
        sa.UniqueConstraint("showcase_id", "product_id"),
        touches(Touch("showcase", "showcase_id")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    showcase_id: Mapped[int] = mapped_column(sa.ForeignKey("showcases.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    position: Mapped[int]
    note: Mapped[str | None]

    showcase: Mapped[Showcase] = relationship(back_populates="items")
