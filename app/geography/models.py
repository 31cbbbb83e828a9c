"""Administrative units of both schemes, and which former unit became which."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.changes import ANYTHING, touches
from app.core.db import Model
from app.core.states import OneOf, one_of


class Scheme(StrEnum):
    """How the country is divided: into 63 provinces with districts to 30 June 2025, into 34 without districts from
    1 July 2025 (Resolution 202/2025/QH15)."""

    VN63 = "VN63"
    VN34 = "VN34"


class UnitLevel(StrEnum):
    """The level of a unit, the highest first."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


VN63: Final = Scheme.VN63
VN34: Final = Scheme.VN34
VN63_UNTIL: Final = dt.date(2025, 6, 30)
VN34_FROM: Final = dt.date(2025, 7, 1)


def unit_id(scheme: str, code: str) -> str:
    """The key of a unit. The scheme is part of it: a code means another place in the other scheme."""
    return f"{scheme}-{code}"


class AdministrativeUnit(Model):
    """A province, district or commune of one scheme. Codes have 2, 3 and 5 digits, so an id is unique over levels."""

    __tablename__ = "administrative_units"
    __table_args__ = (
        one_of("scheme", Scheme),
        one_of("level", UnitLevel),
        sa.Index(None, "level", "folded"),
        touches(ANYTHING),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    scheme: Mapped[Scheme] = mapped_column(OneOf(Scheme))
    code: Mapped[str]
    level: Mapped[UnitLevel] = mapped_column(OneOf(UnitLevel))
    kind: Mapped[str]
    name: Mapped[str]
    short_name: Mapped[str]
    slug: Mapped[str | None] = mapped_column(unique=True)
    """Provinces only: today's bear the plain one; a former one of the same name ends in ``@vn63``."""
    folded: Mapped[str]
    """The short name as `names.name_key` writes it."""
    parent_id: Mapped[str | None] = mapped_column(sa.ForeignKey("administrative_units.id"), index=True)
    lat: Mapped[float]
    lon: Mapped[float]
    area_km2: Mapped[float | None]
    valid_from: Mapped[dt.date | None]
    valid_until: Mapped[dt.date | None]


class AdministrativeUnitSuccession(Model):
    """A former unit (VN63) and one of today's (VN34) that holds it or a part of it."""

    __tablename__ = "administrative_unit_successions"
    __table_args__ = touches(ANYTHING)

    old_id: Mapped[str] = mapped_column(sa.ForeignKey("administrative_units.id"), primary_key=True)
    new_id: Mapped[str] = mapped_column(
        sa.ForeignKey("administrative_units.id"), primary_key=True, index=True
    )
    is_default: Mapped[bool]
    """The main heir; exactly one for each former unit."""
