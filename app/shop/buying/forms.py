"""What buyers type: a quantity, a contact, an address."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import (
    EmailField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length, Optional

from app.accounts.addresses import checked_address
from app.core.errors import InvalidInput
from app.core.names import checked_name
from app.core.numbers import whole
from app.core.phones import read_phone, written_phone
from app.geography.communes import communes_of
from app.geography.lookup import gazetteer
from app.orders.checkout import CASH_ON_DELIVERY, Contact
from app.orders.queries import KnownBuyer
from app.web.forms import Form, Required
from app.web.messages import message_for


def read_quantity(raw: str | None) -> int:
    """A typed number of packs. Raises InvalidInput at quantity for anything but a whole number."""
    quantity = whole(raw or "")
    if quantity is None:
        raise InvalidInput("quantity-not-a-number", field="quantity")
    return quantity


class CheckoutForm(Form):
    """Who receives, where, and how it is paid; with the token and the total of the page it was written on."""

    name = StringField(
        lazy_gettext("Họ và tên"),
        [Required(), Length(max=100, message=lazy_gettext("Nhiều nhất 100 chữ."))],
    )
    phone = TelField(lazy_gettext("Số điện thoại"), [Required()])
    email = EmailField(
        lazy_gettext("Thư điện tử"),
        [Optional()],
    )
    province = SelectField(lazy_gettext("Tỉnh, thành"), validate_choice=False)
    commune = SelectField(lazy_gettext("Phường, xã"), validate_choice=False)
    address = StringField(
        lazy_gettext("Số nhà, đường, thôn"),
        [Required(), Length(max=200, message=lazy_gettext("Nhiều nhất 200 chữ."))],
    )
    note = TextAreaField(
        lazy_gettext("Lời nhắn cho cơ sở"),
        [Optional(), Length(max=300, message=lazy_gettext("Nhiều nhất 300 chữ."))],
    )
    payment = RadioField(
        lazy_gettext("Cách trả tiền"),
        choices=[SelectChoice(CASH_ON_DELIVERY, lazy_gettext("Trả khi nhận hàng"))],
        default=CASH_ON_DELIVERY,
        validate_choice=False,
    )
    token = HiddenField()
    shown_total = HiddenField()

    def offer_places(self, session: Session) -> None:
        """Put today's provinces, and the communes of the chosen one, into their lists."""
        places = gazetteer(session)
        self.province.choices = [SelectChoice("", gettext("Chọn tỉnh, thành"))] + [
            SelectChoice(province.id, province.short_name) for province in places.provinces()
        ]
        chosen = places.province(self.province.data or "")
        communes = communes_of(session, chosen.id) if chosen and chosen.is_today else []
        first = gettext("Chọn phường, xã") if communes else gettext("Chọn tỉnh trước")
        self.commune.choices = [SelectChoice("", first)] + [
            SelectChoice(commune.id, commune.name) for commune in communes
        ]

    def fill_in(self, known: KnownBuyer) -> None:
        """Write what is known of a member into an empty form."""
        self.name.data, self.email.data = known.name, known.email
        self.phone.data = written_phone(known.phone) if known.phone else None
        self.province.data, self.commune.data = known.province_id, known.commune_id
        self.address.data = known.address

    def contact(self) -> Contact:
        """The checked contact."""
        return Contact(
            name=self.name.data or "",
            phone=read_phone(self.phone.data or ""),
            email=checked_address(self.email.data) if self.email.data else None,
            province_id=self.province.data,
            commune_id=self.commune.data,
            address=self.address.data or "",
            note=self.note.data or None,
        )

    def total_shown(self) -> int:
        """The total (đồng) of the page this was written on; -1, which no cart costs, when it was tampered with.

        The dearest cart costs 60 lines of 999 packs at a thousand million each, 14 digits.
        """
        raw = self.shown_total.data or ""
        return int(raw) if re.fullmatch(r"[0-9]{1,15}", raw) else -1

    def validate_name(self, field: StringField) -> None:
        """A name, and no address that a mail would make a link of."""
        try:
            checked_name(field.data)
        except InvalidInput as refusal:
            raise ValidationError(message_for(refusal)) from None

    def validate_phone(self, field: TelField) -> None:
        """A number a courier in Vietnam can call."""
        _at_field(read_phone, field.data)

    def validate_email(self, field: EmailField) -> None:
        """An address that a mail can be sent to."""
        _at_field(checked_address, field.data)

    def validate_province(self, field: SelectField) -> None:
        """One of today's."""
        if not _offered(field):
            raise ValidationError(gettext("Chọn một tỉnh, thành trong danh sách."))

    def validate_commune(self, field: SelectField) -> None:
        """One of the chosen province."""
        if not _offered(field):
            raise ValidationError(gettext("Chọn một phường, xã trong danh sách."))

    def validate_payment(self, field: RadioField) -> None:
        """A way that is offered."""
        if field.data != CASH_ON_DELIVERY:
            raise ValidationError(gettext("Chọn cách trả tiền trong danh sách."))


def _offered(field: SelectField) -> bool:
    return bool(field.data) and field.data in {choice.value for choice in field.choices}


def _at_field(reader: Callable[[str], str], typed: str) -> None:
    """Say at the field why a reader refuses what was typed."""
    try:
        reader(typed)
    except InvalidInput as refusal:
        raise ValidationError(message_for(refusal)) from None
