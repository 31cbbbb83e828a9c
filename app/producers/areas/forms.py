"""The form of a raw-material area, and how its drawing is read."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from wtforms import SelectField, StringField, TextAreaField

from app.core.errors import TooLarge
from app.documents.uploads import read_upload
from app.geography.geojson import MAX_BYTES, AreaGeometry
from app.geography.refused import GeometryRefused
from app.geography.spots import parse_place
from app.producers.fields import HectareField
from app.web.forms import Form


class AreaForm(Form):
    """A raw-material area."""

    name = StringField(lazy_gettext("Tên vùng"))
    province = SelectField(lazy_gettext("Tỉnh, thành phố"), validate_choice=False)
    commune = SelectField(lazy_gettext("Xã, phường"), validate_choice=False)
    crop = StringField(lazy_gettext("Trồng hoặc nuôi gì"))
    hectares = HectareField(lazy_gettext("Diện tích"))
    standards = StringField(lazy_gettext("Tiêu chuẩn, mã số vùng trồng"))
    geometry = TextAreaField(lazy_gettext("Vị trí hoặc hình vẽ"))
    geometry_file = FileField(lazy_gettext("Hoặc gửi tệp GeoJSON"))

    drawn: AreaGeometry | None = None
    """What was drawn, after `read_drawing`."""

    def read_drawing(self) -> None:
        """Take in what was drawn, before the transaction. Raises as `drawing`."""
        self.drawn = self.drawing()

    def drawing(self) -> AreaGeometry | None:
        """What was drawn: the file if one was chosen, else the text; None when there is neither.

        Raises GeometryRefused or TooLarge at the field it came from.
        """
        try:
            sent = read_upload(
                request.files.get("geometry_file"), field="geometry_file", most=MAX_BYTES, optional=True
            )
            if sent:
                return parse_place(sent)
        except (GeometryRefused, TooLarge) as refusal:
            refusal.field = "geometry_file"
            raise
        text = self.geometry.data or ""
        return parse_place(text) if text.strip() else None


def drawing_text(geometry: dict[str, Any] | None) -> str:
    """A stored drawing as the form shows it."""
    if not geometry:
        return ""
    if geometry["type"] == "Point":
        lon, lat = geometry["coordinates"]
        return f"{lat}, {lon}"
    return json.dumps(geometry)
