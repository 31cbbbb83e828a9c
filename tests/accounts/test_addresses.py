"""A mail address is one that this site can send to; what is copied along with it does no harm."""

from __future__ import annotations

import unicodedata

import pytest

from app.accounts.addresses import BadAddress, checked_address, folded_address


@pytest.mark.parametrize(
    "typed",
    [
        "nguyen.an@vidu.vn",
        " Nguyen.An@VIDU.vn ",
        "nguyen.an@vidu.vn.",
        "nguyen.an@vidu.vn,",
        "nguyen.an@vidu.vn;",
        "\u200bnguyen.an@vidu.vn\ufeff",
        "nguyen\u00ad.an@vidu.vn\u00a0",
        "<nguyen.an@vidu.vn>",
        "mailto:nguyen.an@vidu.vn",
        "MAILTO: <Nguyen.an@vidu.vn>",
        "nguyen.an@vidu.vn\r\n",
    ],
)
def test_what_is_copied_along_is_dropped_from_new_addresses_and_at_log_in(typed: str) -> None:
    assert checked_address(typed) == folded_address(typed) == "nguyen.an@vidu.vn"


@pytest.mark.parametrize(
    ("typed", "letters"),
    [
        ("nguyễn.an@vidu.vn", "ễ"),
        ("nguyễn.đức@vidu.vn", "ễ, đ, ứ"),
        ("NGUYỄN.an@vidu.vn", "ễ"),
        ("an@vídụ.vn", "í, ụ"),
        ("an＠vidu.vn", "＠"),
        ("ан@vidu.vn", "а, н"),
    ],
)
def test_letters_that_no_mail_of_ours_reaches_are_named(typed: str, letters: str) -> None:
    for form in ("NFC", "NFD"):
        with pytest.raises(BadAddress) as refused:
            checked_address(unicodedata.normalize(form, typed))
        assert (refused.value.code, refused.value.field) == ("address-letters", "email")
        assert refused.value.facts == {"letters": letters}


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "an",
        "an@",
        "@vidu.vn",
        "an@vidu",
        "an@@vidu.vn",
        "an@hai@vidu.vn",
        "an an@vidu.vn",
        "an @vidu.vn",
        "an..an@vidu.vn",
        ".an@vidu.vn",
        "an@-vidu.vn",
        "an@vidu..vn",
        "an@[127.0.0.1]",
        '"an an"@vidu.vn',
        "an@localhost",
        "an@vidu.vn, hai@vidu.vn",
        "x" * 65 + "@vidu.vn",
        "." * 200_000 + "x",
        "an@" + "vidu." * 60 + "vn",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress) as refused:
        checked_address(typed)
    assert (refused.value.code, refused.value.field) == ("bad-address", "email")


def test_a_name_of_another_alphabet_is_taken_in_its_ascii_form() -> None:
    address = f"an@{'vídụ.vn'.encode('idna').decode()}"
    assert checked_address(address.upper()) == address
