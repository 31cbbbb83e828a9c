"""What stands around the pages of a portal: the list at its side and the name over it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NavItem:
    """A room of the portal; `count` is what waits there."""

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
