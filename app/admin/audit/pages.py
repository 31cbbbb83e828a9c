"""View models of the audit log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from app.accounts.queries import Deed, Page
from app.admin.frame import list_address
from app.web.components import Link
from app.web.pagination import Address


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A line of the log. `facts` are told as the log has them, by name and value."""

    act: str
    at: dt.datetime
    actor: Link
    object_type: str
    object_id: str
    object_url: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeOption:
    """A type of objects to choose from; its label comes from the template that labels them."""

    value: str
    selected: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the log with what was asked of it."""

    total: int
    types: tuple[TypeOption, ...]
    object_id: str
    actor: str
    rows: tuple[AuditLine, ...]
    number: int
    last: int
    address: Address


def audit_lines(deeds: Iterable[Deed]) -> tuple[AuditLine, ...]:
    """These lines of the log."""
    return tuple(_audit_line(deed) for deed in deeds)


def _audit_line(deed: Deed) -> AuditLine:
    actor_url = url_for("admin.user", user_id=deed.actor_id) if deed.actor_id else None
    return AuditLine(
        act=deed.act,
        at=deed.at,
        actor=Link(deed.actor, actor_url),
        object_type=deed.object_type,
        object_id=deed.object_id,
        object_url=url_for("admin.audit", type=deed.object_type, id=deed.object_id),
        facts=tuple(f"{name}: {value}" for name, value in deed.facts),
    )


def audit_page(deeds: Page[Deed], asked: Mapping[str, str], types: Iterable[str]) -> AuditPage:
    """The page of these lines. `asked` has type, id and actor."""
    return AuditPage(
        total=deeds.total,
        types=tuple(TypeOption(name, name == asked["type"]) for name in types),
        object_id=asked["id"],
        actor=asked["actor"],
        rows=audit_lines(deeds.rows),
        number=deeds.number,
        last=deeds.last,
        address=list_address("admin.audit", asked),
    )
