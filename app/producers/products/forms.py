"""Forms of the products."""

from __future__ import annotations

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

YES, NO = "yes", "no"


def _asks_alcohol() -> RadioField:
    """Whether the product is an alcoholic drink; `said` reads the answer."""
    choices = [SelectChoice(YES, lazy_gettext("Có")), SelectChoice(NO, lazy_gettext("Không"))]
    label = lazy_gettext("Có phải đồ uống có cồn không?")
    return RadioField(label, choices=choices, validate_choice=False)  # the verb knows what is no answer


def said(field: RadioField) -> bool | None:
    """The answer of a yes-or-no field, None for none."""
    return {YES: True, NO: False}.get(field.data)


class ProductForm(Form):
    """A product that the register does not know."""

    name = StringField(lazy_gettext("Tên sản phẩm"))
    group_code = SelectField(lazy_gettext("Nhóm sản phẩm"), validate_choice=False)
    alcohol = _asks_alcohol()
    province = SelectField(lazy_gettext("Tỉnh, thành phố"), validate_choice=False)
    commune = SelectField(lazy_gettext("Xã, phường"), validate_choice=False)
    description = TextAreaField(lazy_gettext("Giới thiệu"))


class DescriptionForm(Form):
    """What the public reads of a product; name and group only where they are not the register's."""

    name = StringField(lazy_gettext("Tên sản phẩm"))
    group_code = SelectField(lazy_gettext("Nhóm sản phẩm"), validate_choice=False)
    alcohol = _asks_alcohol()
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
