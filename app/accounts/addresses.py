"""Mail addresses as log-in names."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from app.core.errors import InvalidInput


class BadAddress(InvalidInput):
    """What was given is no mail address."""

    code = "bad-address"


def folded_address(address: str) -> str:
    """The form in which an address is looked up: without spaces around it, in lower case."""
    return address.strip().lower()


def checked_address(address: str) -> str:
    """A new address in the form in which it is stored. No look-up in the DNS.

    Raises BadAddress at the field `email`.
    """
    try:
        valid = validate_email(address.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise BadAddress(field="email") from None
    return folded_address(valid.normalized)
