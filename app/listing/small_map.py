"""The small map of the country with one place on it."""

from __future__ import annotations

import functools

from markupsafe import Markup

from app.geography.maps import project_mini, vietnam_map
from app.web.components import SmallMap


@functools.cache
def _country() -> tuple[Markup, str]:
    country = vietnam_map()
    return Markup(country.mini_path), country.mini_view_box  # noqa: S704 - a path of our own drawing


def small_map(latitude: float, longitude: float, label: str = "") -> SmallMap:
    """The map with the place at these degrees (WGS 84)."""
    return small_map_at(*project_mini(latitude, longitude), label)


def small_map_at(x: float, y: float, label: str = "") -> SmallMap:
    """The map with a place that is already in the frame of the drawing."""
    dots, view_box = _country()
    return SmallMap(dots, view_box, x, y, label)
