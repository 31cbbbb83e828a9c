"""View models of the accounts: the list, and one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from app.accounts.models import MembershipRole
from app.accounts.queries import Account, AuditRow, Page, Role
from app.admin.audit.pages import AuditLine, audit_lines
from app.admin.frame import list_address
from app.web.components import Action, Crumb, Row
from app.web.filters import vn_date, vn_datetime
from app.web.language import gettext
from app.web.pagination import Address


@dataclass(frozen=True, slots=True)
class RoleOption:
    """A role to choose from; its label comes from the template that labels roles."""

    value: MembershipRole
    selected: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    """An account as a row of the list."""

    name: str
    url: str
    email: str
    disabled: bool
    roles: tuple[Role, ...]
    last_login_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of the accounts with what was asked."""

    total: int
    query: str
    roles: tuple[RoleOption, ...]
    rows: tuple[PersonLine, ...]
    number: int
    last: int
    address: Address


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role the person has, and the button that takes it."""

    role: Role
    revoke: Action


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person: the account, the roles, and what was done to the account."""

    id: int
    name: str
    email: str
    crumbs: tuple[Crumb, ...]
    facts: tuple[Row, ...]
    lock: Action
    reset_factor: Action | None
    roles: tuple[RoleLine, ...]
    acts: tuple[AuditLine, ...]


def people_page(people: Page[Account], asked: Mapping[str, str]) -> PeoplePage:
    """The page of these accounts. `asked` has q and role."""
    return PeoplePage(
        total=people.total,
        query=asked["q"],
        roles=tuple(RoleOption(role, role == asked["role"]) for role in MembershipRole),
        rows=tuple(_person_line(account) for account in people.rows),
        number=people.number,
        last=people.last,
        address=list_address("admin.users", asked),
    )


def _person_line(account: Account) -> PersonLine:
    return PersonLine(
        name=account.name,
        url=url_for("admin.user", user_id=account.id),
        email=account.email,
        disabled=account.disabled_at is not None,
        roles=account.roles,
        last_login_at=account.last_login_at,
    )


def person_page(account: Account, entries: Iterable[AuditRow]) -> PersonPage:
    """The page of one person. `entries` are the lines of the audit log about the account."""
    return PersonPage(
        id=account.id,
        name=account.name,
        email=account.email,
        crumbs=(Crumb(gettext("Người dùng"), url_for("admin.users")), Crumb(account.name)),
        facts=(
            Row(gettext("Điện thoại"), account.phone),
            Row(gettext("Mở ngày"), vn_date(account.created_at)),
            Row(gettext("Đăng nhập lần cuối"), vn_datetime(account.last_login_at)),
            Row(gettext("Xác nhận thư lúc"), vn_datetime(account.email_confirmed_at)),
            Row(gettext("Bật xác minh hai bước"), vn_datetime(account.second_factor_at)),
            Row(gettext("Khóa lúc"), vn_datetime(account.disabled_at)),
        ),
        lock=_unlock(account.id) if account.disabled_at else _lock(account.id),
        reset_factor=_reset_factor(account.id) if account.second_factor_at else None,
        roles=tuple(RoleLine(role, _revoke(account.id, role)) for role in account.roles),
        acts=audit_lines(entries),
    )


def _unlock(user_id: int) -> Action:
    return Action(gettext("Mở lại tài khoản"), url_for("admin.enable", user_id=user_id), method="post")


def _lock(user_id: int) -> Action:
    return Action(
        gettext("Khóa tài khoản"),
        url_for("admin.disable", user_id=user_id),
        kind="alarm",
        icon="lock",
        method="post",
        confirm=gettext("Khóa tài khoản này? Người này bị đăng xuất ngay."),
    )


def _reset_factor(user_id: int) -> Action:
    return Action(
        gettext("Đặt lại xác minh hai bước"),
        url_for("admin.reset_second_factor", user_id=user_id),
        kind="alarm",
        icon="phone",
        method="post",
        confirm=gettext(
            "Đã hỏi và biết đúng là người này? Điện thoại và mã dự phòng cũ hết dùng được, mọi máy bị đăng xuất."
        ),
    )


def _revoke(user_id: int, role: Role) -> Action:
    return Action(
        gettext("Thu lại"),
        url_for("admin.revoke", user_id=user_id, membership_id=role.id),
        kind="alarm",
        method="post",
        confirm=gettext("Thu vai trò này?"),
    )
