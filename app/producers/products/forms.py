"""Forms of the products."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)

from app.catalogue.variants import VariantFacts
from app.producers.fields import DongField
from app.web.fields import WholeField
from app.web.forms import Form


class AlcoholField(RadioField):
    """Whether a product is an alcoholic drink; `answer` is None while nobody has said."""

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        choices = [SelectChoice("yes", lazy_gettext("Có")), SelectChoice("no", lazy_gettext("Không"))]
        super().__init__(
            label, validators, choices=choices, coerce=lambda raw: raw, validate_choice=False, **kwargs
        )

    @property
    def answer(self) -> bool | None:
        """What was said."""
        return {"yes": True, "no": False}.get(self.data or "")


class ProductForm(Form):
    """A product that the register does not know."""

    name = StringField(lazy_gettext("Tên sản phẩm"))
    group_code = SelectField(lazy_gettext("Nhóm sản phẩm"), validate_choice=False)
    alcohol = AlcoholField(lazy_gettext("Có phải đồ uống có cồn không?"))
    province = SelectField(lazy_gettext("Tỉnh, thành phố"), validate_choice=False)
    commune = SelectField(lazy_gettext("Xã, phường"), validate_choice=False)
    description = TextAreaField(lazy_gettext("Giới thiệu"))


class DescriptionForm(Form):
    """What the public reads of a product; name and group only where they are not the register's."""

    name = StringField(lazy_gettext("Tên sản phẩm"))
    group_code = SelectField(lazy_gettext("Nhóm sản phẩm"), validate_choice=False)
    alcohol = AlcoholField(lazy_gettext("Có phải đồ uống có cồn không?"))
    description = TextAreaField(lazy_gettext("Giới thiệu"))


class VariantForm(Form):
    """A variant: what it is packed as, and its price."""

    pack = StringField(lazy_gettext("Quy cách"))
    net_weight = WholeField(lazy_gettext("Khối lượng tịnh"))
    net_unit = SelectField(
        lazy_gettext("Đơn vị"),
        choices=[
            SelectChoice("g", lazy_gettext("gam")),
            SelectChoice("ml", lazy_gettext("mililit")),
            SelectChoice("piece", lazy_gettext("cái")),
        ],
        validate_choice=False,
    )
    price = DongField(lazy_gettext("Giá bán"))
    gtin = StringField(lazy_gettext("Mã GTIN"))
    confirmed = BooleanField(lazy_gettext("Giá và quy cách này là thật"))

    def facts(self) -> VariantFacts:
        """The variant as typed."""
        return VariantFacts(
            pack=self.pack.data or "",
            net_weight=self.net_weight.data,
            net_unit=self.net_unit.data or "g",
            price=self.price.data,
            gtin=self.gtin.data,
        )


class PhotoForm(Form):
    """A photograph to upload; `seen` is how many the page showed."""

    photo = FileField(lazy_gettext("Ảnh"))
    alt = StringField(lazy_gettext("Ảnh cho thấy gì"))
    seen = HiddenField()
