"""Pictures of every mode keep their colours, broken ones are refused in words."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from app.catalogue.photo_files import encode_photo
from app.core.errors import InvalidInput
from app.documents.pictures import decode
from app.trace.stamps.qr_codes import qr_codes
from tests.factories.pictures import header_of_a_bomb, picture, png, written

COLOUR, GREY = (200, 80, 30), (78, 78, 78)
WHITE = (255, 255, 255)
SIDE = 400
PIXELS = SIDE * SIDE
ROW = b"\x00"  # the filter byte before each row


def colour_of(raw: bytes) -> tuple[int, ...]:
    """What the middle of the largest WebP shows."""
    *_, (_, form, _, body) = encode_photo(raw, [100, 300])["files"]
    shown = Image.open(io.BytesIO(body))
    assert (form, shown.mode) == ("webp", "RGB")
    found = shown.getpixel((shown.width // 2, shown.height // 2))
    assert isinstance(found, tuple)
    return found


def plain(colour: tuple[int, int, int], mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), colour).convert(mode)


def with_alpha(image: Image.Image, alpha: int) -> Image.Image:
    image.putalpha(alpha)
    return image


def palette_with_clear_colours() -> bytes:
    """Two colours in a palette, the one everywhere half clear."""
    image = Image.new("P", (SIDE, SIDE), 1)
    image.putpalette([0, 0, 0, *COLOUR])
    return written(image, transparency=bytes([255, 128]))


def sixteen(*samples: int) -> bytes:
    return (ROW + struct.pack(f">{len(samples)}H", *samples) * SIDE) * SIDE


def on_white(colour: tuple[int, int, int], alpha: int) -> tuple[int, ...]:
    return tuple(round(255 + (sample - 255) * alpha / 255) for sample in colour)


@pytest.mark.parametrize(
    ("raw", "colour"),
    [
        pytest.param(written(plain(COLOUR), "JPEG", quality=95), COLOUR, id="JPEG"),
        pytest.param(written(plain(COLOUR), "JPEG", quality=95, progressive=True), COLOUR, id="progressive"),
        pytest.param(written(plain(GREY, "L"), "JPEG"), GREY, id="grey JPEG"),
        pytest.param(written(plain(COLOUR, "CMYK"), "JPEG", quality=95), COLOUR, id="CMYK JPEG"),
        pytest.param(written(plain(COLOUR)), COLOUR, id="PNG"),
        pytest.param(written(plain(GREY, "L")), GREY, id="grey PNG"),
        pytest.param(written(plain(WHITE, "1")), WHITE, id="one bit, white"),
        pytest.param(written(plain((0, 0, 0), "1")), (0, 0, 0), id="one bit, black"),
        pytest.param(written(plain(COLOUR).quantize(4)), COLOUR, id="palette"),
        pytest.param(palette_with_clear_colours(), on_white(COLOUR, 128), id="palette, half clear"),
        pytest.param(written(with_alpha(plain(COLOUR), 128)), on_white(COLOUR, 128), id="RGBA"),
        pytest.param(written(with_alpha(plain(GREY, "L"), 128)), on_white(GREY, 128), id="grey with alpha"),
        pytest.param(written(plain(COLOUR), transparency=COLOUR), WHITE, id="one colour clear"),
        pytest.param(written(plain(GREY, "L"), transparency=78), WHITE, id="one grey clear"),
        pytest.param(written(plain(COLOUR), "WEBP", lossless=True), COLOUR, id="WebP"),
        pytest.param(
            written(with_alpha(plain(COLOUR), 128), "WEBP", lossless=True),
            on_white(COLOUR, 128),
            id="WebP with alpha",
        ),
        pytest.param(
            written(plain(COLOUR), "WEBP", save_all=True, append_images=[plain(GREY)], lossless=True),
            COLOUR,
            id="moving WebP",
        ),
        pytest.param(png(SIDE, SIDE, 16, 0, sixteen(20_000)), GREY, id="16 bits, grey"),
        pytest.param(png(SIDE, SIDE, 16, 0, sixteen(65_535)), WHITE, id="16 bits, white"),
        pytest.param(png(SIDE, SIDE, 16, 0, sixteen(100)), (0, 0, 0), id="16 bits, near black"),
        pytest.param(
            png(SIDE, SIDE, 16, 0, sixteen(20_000), b"tRNS" + struct.pack(">H", 20_000)),
            WHITE,
            id="16 bits, its grey clear",
        ),
        pytest.param(
            png(SIDE, SIDE, 16, 0, sixteen(20_000), b"tRNS" + struct.pack(">H", 20_001)),
            GREY,
            id="16 bits, another grey clear",
        ),
        pytest.param(
            png(SIDE, SIDE, 16, 2, sixteen(*(257 * sample for sample in COLOUR))), COLOUR, id="16 bits, RGB"
        ),
        pytest.param(
            png(SIDE, SIDE, 16, 4, sixteen(257 * 78, 257 * 128)), on_white(GREY, 128), id="16 bits, alpha"
        ),
        pytest.param(
            png(SIDE, SIDE, 16, 6, sixteen(*(257 * sample for sample in COLOUR), 257 * 128)),
            on_white(COLOUR, 128),
            id="16 bits, RGBA",
        ),
        pytest.param(png(SIDE, SIDE, 2, 0, (ROW + b"\x55" * (SIDE // 4)) * SIDE), (85, 85, 85), id="2 bits"),
        pytest.param(png(SIDE, SIDE, 4, 0, (ROW + b"\x55" * (SIDE // 2)) * SIDE), (85, 85, 85), id="4 bits"),
    ],
)
def test_a_picture_of_any_mode_shows_the_colour_of_its_plain_twin(
    raw: bytes, colour: tuple[int, ...]
) -> None:
    assert max(abs(a - b) for a, b in zip(colour_of(raw), colour, strict=True)) <= 3


@pytest.mark.parametrize("mode", ["RGB", "P", "L", "RGBA"])
def test_a_profile_is_turned_into_srgb_and_a_broken_one_passed_over(mode: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for carried in (profile, b"no profile", profile[:200]):
        shown = colour_of(written(plain(GREY, mode), icc_profile=carried))
        assert max(abs(sample - 78) for sample in shown) <= 3


def with_odd_type(orientation: int) -> bytes:
    """EXIF as careless editors write it: the width (0x0100) as text where a number belongs."""
    notes = b"II*\0" + struct.pack("<IH", 8, 2)
    notes += struct.pack("<HHI4s", 0x0100, 2, 4, b"abc\0")
    notes += struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack("<I", 0)
    return b"Exif\0\0" + notes


@pytest.mark.parametrize(
    ("exif", "size"),
    [
        (with_odd_type(6), (600, 800)),
        (with_odd_type(1), (800, 600)),
        (with_odd_type(9), (800, 600)),
        (with_odd_type(6)[:20], (800, 600)),
        (b"Exif\0\0" + b"MM\0*\xff\xff\xff\xff", (800, 600)),
        (b"Exif\0\0", (800, 600)),
        (b"Exif\0\0no notes at all", (800, 600)),
    ],
    ids=["a tag of the wrong type", "upright", "no such turn", "cut", "beyond its end", "empty", "nonsense"],
)
def test_careless_notes_do_not_keep_a_picture_out(exif: bytes, size: tuple[int, int]) -> None:
    made = encode_photo(picture(800, 600, exif=exif), [300])
    assert (made["width"], made["height"]) == size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_from_each_of_the_eight_ways_to_lie(orientation: int) -> None:
    upright = Image.new("RGB", (600, 400), "white")
    upright.paste("red", (0, 0, 300, 200))  # the upper left quarter
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose by which each way is laid
    lying = upright.transpose(Image.Transpose(back[orientation])) if orientation in back else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = encode_photo(written(lying, "PNG", exif=exif), [300])
    assert (made["width"], made["height"]) == (600, 400)
    shown = Image.open(io.BytesIO(made["files"][-1][3]))
    corners = [shown.getpixel(spot) for spot in ((20, 20), (280, 20), (20, 180), (280, 180))]
    assert [isinstance(c, tuple) and c[1] < 100 for c in corners] == [True, False, False, False]


BROKEN = [
    b"",
    b"\xff\xd8",
    picture(500, 500)[:400],
    picture(500, 500, "PNG")[:200],
    picture(500, 500, "WEBP")[:60],
    picture(form="GIF"),
    picture(form="TIFF"),
    b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    png(SIDE, SIDE, 8, 0, b"", *[b"zTXta\0\0" + zlib.compress(bytes(1_000_000))] * 80),
    png(SIDE, SIDE, 8, 0, (ROW + bytes(SIDE)) * SIDE, b"iCCPa\0\0" + zlib.compress(bytes(10**8))),
]


@pytest.mark.parametrize("raw", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_picture_or_a_broken_one_is_refused_and_never_a_fault(raw: bytes) -> None:
    with pytest.raises(InvalidInput, match="not-a-picture"):
        decode(raw, most_pixels=2 * PIXELS, enough=SIDE)


@pytest.mark.parametrize("side", [401, 10_000, 14_000, 60_000])
def test_a_picture_of_too_many_pixels_is_refused_by_what_it_claims(side: int) -> None:
    with pytest.raises(InvalidInput, match="picture-too-many-pixels"):
        decode(header_of_a_bomb(side, side), most_pixels=PIXELS, enough=SIDE)


NOISE = Image.effect_noise((SIDE, SIDE), 60)
SENT = [
    written(NOISE.convert("RGB"), "JPEG", exif=with_odd_type(6), icc_profile=bytes(200)),
    written(NOISE.convert("RGB"), "JPEG", progressive=True),
    written(NOISE.convert("P"), "PNG", transparency=3),
    written(NOISE.convert("RGB"), "WEBP"),
]


@settings(max_examples=60, derandomize=True)
@given(
    st.sampled_from(SENT),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0.1, 1),
)
def test_a_picture_damaged_on_its_way_is_shown_or_refused_in_words(
    sent: bytes, hits: list[tuple[float, int]], kept: float
) -> None:
    damaged = bytearray(sent[: round(len(sent) * kept)])
    for place, value in hits:
        damaged[int(place**3 * len(damaged))] = value  # most of them near the beginning, where the notes are
    for read in (lambda raw: encode_photo(raw, [100]), qr_codes):
        with suppress(InvalidInput):
            read(bytes(damaged))
