"""Mail addresses: of accounts, of invitations, of orders."""

from __future__ import annotations

from typing import Final

from email_validator import EmailNotValidError, validate_email

from app.core.errors import InvalidInput
from app.core.text import clean_line

_NAMED: Final = 6
"""Letters that a refusal names; more of them are another alphabet."""


class BadAddress(InvalidInput):
    """What was given is no mail address that a mail can be sent to.

    The code says why: address-letters (letters, of other alphabets or with accents), bad-address.
    """

    code = "bad-address"


def folded_address(address: str) -> str:
    """The form in which an address is looked up: without invisible signs and what is copied along, in lower case."""
    bare = clean_line(address).lower().lstrip(" <").removeprefix("mailto:").lstrip(" <")
    return bare.rstrip(" .,;>")


def checked_address(address: str) -> str:
    """A new address in the form in which it is stored. No look-up in the DNS.

    Letters with accents, which a Vietnamese keyboard makes of "nguyeexn", are refused by name: few servers take them,
    and none that this site sends through need to. Raises BadAddress at the field `email`.
    """
    bare = folded_address(address)
    letters = dict.fromkeys(sign for sign in bare if not sign.isascii())
    if letters:
        raise BadAddress("address-letters", field="email", letters=", ".join(list(letters)[:_NAMED]))
    try:
        valid = validate_email(bare, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        raise BadAddress(field="email") from None
    return str(valid.ascii_email)
