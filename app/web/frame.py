"""What stands around the pages of a portal: its navigation and whose portal it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """A section of the portal; `count` is what waits there."""

    label: str
    url: str
    icon: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class PortalHeading:
    """Whose portal it is."""

    name: str
    place: str = ""
