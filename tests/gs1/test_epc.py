"""Each GS1 identifier has one spelling, and any other text stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gs1.epc import canonical_uri

LINK = "https://id.gs1.org"


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:4012345.012345.12", "/01/04012345123456/21/12"),
        ("urn:epc:id:sgtin:4012345.012345.A.1+2", "/01/04012345123456/21/A.1%2B2"),
        ("urn:epc:id:sscc:4012345.0000000333", "/00/040123450000003338"),
        ("urn:epc:id:sgln:4012345.00011.987", "/414/4012345000115/254/987"),
        ("urn:epc:id:sgln:4012345.00011.0", "/414/4012345000115"),
        ("urn:epc:id:sgln:401234500011..A", "/414/4012345000115/254/A"),
        ("urn:epc:id:pgln:4012345.00000", "/417/4012345000009"),
        ("urn:epc:id:grai:4012345.66666.87", "/8003/0401234566666387"),
        ("urn:epc:id:giai:4012345.AAbb", "/8004/4012345AAbb"),
        ("urn:epc:id:gsrn:4012345.9876540000", "/8018/401234598765400000"),
        ("urn:epc:id:gsrnp:4012345.0000098765", "/8017/401234500000987658"),
        ("urn:epc:id:gdti:4012345.55555.98", "/253/401234555555498"),
        ("urn:epc:id:cpi:4012345.ABC.123", "/8010/4012345ABC/8011/123"),
        ("urn:epc:id:sgcn:4012345.99999.44", "/255/401234599999044"),
        ("urn:epc:id:ginc:4012345.333", "/401/4012345333"),
        ("urn:epc:id:gsin:4012345.999987654", "/402/40123459999876541"),
        ("urn:epc:id:itip:4012345.012345.01.02.999", "/8006/040123451234560102/21/999"),
        ("urn:epc:id:upui:4012345.012345.AB12", "/01/04012345123456/235/AB12"),
        ("urn:epc:class:lgtin:4054739.099914.20160711", "/01/04054739999148/10/20160711"),
        ("urn:epc:idpat:sgtin:4054739.099914.*", "/01/04054739999148"),
        ("urn:epc:idpat:upui:4054739.099914.*", "/01/04054739999148"),
        ("urn:epc:idpat:grai:4012345.66666.*", "/8003/04012345666663"),
        ("urn:epc:idpat:gdti:4012345.55555.*", "/253/4012345555554"),
        ("urn:epc:idpat:sgcn:4012345.99999.*", "/255/4012345999990"),
        ("urn:epc:idpat:cpi:4012345.ABC.*", "/8010/4012345ABC"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "/8006/040123451234560102"),
    ],
)
def test_an_epc_urn_becomes_a_link(urn: str, link: str) -> None:
    assert canonical_uri(urn) == LINK + link
    assert canonical_uri(LINK + link) == LINK + link


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://nguon.example/01/09520000000011/10/L1", "/01/09520000000011/10/L1"),
        ("http://127.0.0.1:8000/01/09520000000011?linkType=all", "/01/09520000000011"),
        ("https://nguon.example/some/path/01/09520000000011/21/A", "/01/09520000000011/21/A"),
        ("https://nguon.example/01/09520000000011/22/2A/10/L1/21/A1", "/01/09520000000011/21/A1"),
        ("https://nguon.example/01/09520000000011/22/2A", "/01/09520000000011"),
        ("https://nguon.example/gtin/9520000000011/lot/L1", "/01/09520000000011/10/L1"),
        ("https://nguon.example/gtin/95200000", "/01/00000095200000"),
        ("https://nguon.example/gln/9520000000011/254/7", "/414/9520000000011/254/7"),
        ("https://nguon.example/01/x/01/09520000000011", "/01/09520000000011"),
    ],
)
def test_a_link_keeps_its_key_and_its_finest_qualifier(address: str, link: str) -> None:
    assert canonical_uri(address) == LINK + link


@pytest.mark.parametrize(
    "text",
    [
        "https://nguon.example/batches/B1",
        "https://nguon.example/01/batch",
        "https://nguon.example/01/09520000000011/21/A/10/L1",
        "https://nguon.example/01/09520000000011/99/A",
        "https://nguon.example/01/09520000000011/10",
        "https://nguon.example/01/09520000000011/10/A%2FB",
        "https://nguon.example/01/09520000000011/10/ABCDEFGHIJKLMNOPQRSTU",
        "https://nguon.example",
        "urn:epc:id:usdod:2S194.12345678901",
        "urn:epc:id:sgtin:4012345.01234.12",
        "urn:epc:id:sgtin:4012345.012345",
        "urn:epc:id:sgtin:4012345.01234A.12",
        "urn:epc:id:sgtin:4012345.012345.*",
        "urn:epc:idpat:sgtin:4012345.012345.7",
        "urn:epc:id:giai:4012345.",
        "urn:epc:id:nothing",
        "geo:21.03,105.85",
        "L1",
    ],
)
def test_any_other_text_stands(text: str) -> None:
    assert canonical_uri(text) == text


@given(
    st.text("ABC01/:.*?%#", max_size=40), st.sampled_from(["https://", "http://a.example/01/", "urn:epc:id:"])
)
def test_whatever_is_given_has_one_form_and_raises_nothing(text: str, start: str) -> None:
    once = canonical_uri(start + text)
    assert canonical_uri(once) == once
