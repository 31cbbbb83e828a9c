"""View models of the own account: devices, and the second step of log-in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import segno
from flask import url_for

from app.accounts.members import Member
from app.accounts.sessions import Device
from app.web.components import Action
from app.web.filters import ago
from app.web.language import gettext


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A browser in which the person is logged in; `end` logs it out (None: the one that asks)."""

    name: str
    seen: str
    here: bool
    end: Action | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What the account says about log-in."""

    devices: tuple[DeviceLine, ...]
    end_all: Action
    factor_set: bool
    factor_needed: bool
    factor_url: str


@dataclass(frozen=True, slots=True)
class FactorPage:
    """The second step, which is set up: recovery codes left, whether it may be turned off."""

    left: int
    few: bool
    may_turn_off: bool
    again_url: str


@dataclass(frozen=True, slots=True)
class SetupPage:
    """What an application is shown: the QR code as the address of an SVG, and the secret to type."""

    qr: str
    address: str
    secret: str
    needed: bool
    replaces: bool
    action: str


FEW_CODES = 3
"""With fewer recovery codes than this a person should make new ones."""


def account_page(seen: Iterable[Device], who: Member) -> AccountPage:
    """The devices and the second step of this person."""
    return AccountPage(
        devices=tuple(_device_line(device) for device in seen),
        end_all=Action(
            gettext("Đăng xuất mọi máy"),
            url_for("accounts.end_devices"),
            kind="alarm",
            icon="logout",
            method="post",
            confirm=gettext("Đăng xuất trên mọi máy, kể cả máy này?"),
        ),
        factor_set=who.second_factor,
        factor_needed=who.privileged,
        factor_url=url_for("accounts.second_factor"),
    )


def _device_line(device: Device) -> DeviceLine:
    end = Action(gettext("Đăng xuất"), url_for("accounts.end_device", session_id=device.id), method="post")
    return DeviceLine(
        _name(device),
        gettext("đang dùng") if device.here else gettext("dùng lần cuối %(ago)s", ago=ago(device.seen_at)),
        device.here,
        None if device.here else end,
    )


def _name(device: Device) -> str:
    if device.browser and device.system:
        return gettext("%(browser)s trên %(system)s", browser=device.browser, system=device.system)
    return device.browser or device.system or gettext("Trình duyệt lạ")


def factor_page(who: Member, left: int) -> FactorPage:
    """The page of a second step that is set up."""
    again = url_for("accounts.second_factor", again="1")
    return FactorPage(left, left < FEW_CODES, not who.privileged, again)


def setup_page(address: str, who: Member, wanted: str | None) -> SetupPage:
    """The page that shows an application the secret in this otpauth: address."""
    secret = address.partition("secret=")[2].partition("&")[0]
    return SetupPage(
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="white"),
        address=address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        needed=who.privileged and not who.second_factor,
        replaces=who.second_factor,
        action=url_for("accounts.second_factor", next=wanted),
    )
