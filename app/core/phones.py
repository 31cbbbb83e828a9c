"""The one reader of telephone numbers: a number in Vietnam that a courier or a colleague can call.

Numbers are stored in E.164 ("+84912345678") and shown as in the country ("0912 345 678").
"""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.core.errors import InvalidInput
from app.core.text import clean_line

_COUNTRY: Final = "84"
_CALLABLE: Final = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
}
_SHORTEST, _LONGEST = 9, 10  # digits after the nought: of a mobile number, of a landline
_HOTLINES: Final = ("1800", "1900")
_NAMED: Final = 12
"""Letters that a refusal names; somebody who typed more has typed no number."""
_SIGNS: Final = re.compile(r"[\s.()/–—-]+")
_RENUMBERED: Final = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    "186": "56",
    "188": "58",
    "199": "59",
}
"""Mobile numbers of eleven digits became ten from 15/09 to 14/11/2018 (the ministry's plan of 22/02/2018): whoever had
one has its successor, and old address books still have the old one."""


class BadPhone(InvalidInput):
    """What was given is no number in Vietnam that can be called. The code says why: phone-letters (letters),
    phone-abroad, phone-hotline (number), phone-length (digits), bad-phone (no such number).
    """

    code = "bad-phone"


def read_phone(text: str) -> str:
    """A number as people write it, in E.164; the letter O is read as nought. Raises BadPhone at `phone`."""
    bare = _SIGNS.sub("", clean_line(text)).translate({ord("o"): "0", ord("O"): "0"})
    letters = dict.fromkeys(sign for sign in bare if sign.isalpha())
    if letters:
        raise BadPhone("phone-letters", field="phone", letters="".join(letters)[:_NAMED])
    if not re.fullmatch(r"\+?[0-9]+", bare):
        raise BadPhone(field="phone")
    number = _in_vietnam(bare)
    if number[:4] in _HOTLINES and len(number) <= _LONGEST:
        raise BadPhone("phone-hotline", field="phone", number=number)
    if not _SHORTEST <= len(number) <= _LONGEST:
        raise BadPhone("phone-length", field="phone", digits=len(number) + 1)
    if len(number) == 10 and number[:3] in _RENUMBERED:
        number = _RENUMBERED[number[:3]] + number[3:]
    parsed = phonenumbers.PhoneNumber(country_code=int(_COUNTRY), national_number=int(number))
    if phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in _CALLABLE:
        return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
    raise BadPhone(field="phone")


def _in_vietnam(bare: str) -> str:
    """The digits after the country's code and the nought before an area, however much of them was written."""
    digits = bare.lstrip("+")
    if bare.startswith("00"):
        bare, digits = "+", digits[2:]
    if bare.startswith("+") and not digits.startswith(_COUNTRY):
        raise BadPhone("phone-abroad", field="phone")
    if bare.startswith("+") or (digits.startswith(_COUNTRY) and len(digits) > 10):
        digits = digits.removeprefix(_COUNTRY)
    return digits.removeprefix("0")


def written_phone(phone: str) -> str:
    """A number as people in Vietnam write it: "+84912345678" → "0912 345 678"; what is no number stays as it is."""
    try:
        number = phonenumbers.parse(phone, "VN")
    except phonenumbers.NumberParseException:
        return phone
    if number.country_code != int(_COUNTRY):
        return phone
    return str(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
