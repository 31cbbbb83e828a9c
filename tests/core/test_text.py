"""Vietnamese text compares, sorts into addresses and lights up the same however it was typed."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import text

VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
    "AĂÂĐEÊÔƠƯỪỨ 0123456789-.,/()",
    max_size=60,
)
ANYTHING = st.text(max_size=60)
EITHER = VIETNAMESE | ANYTHING


def decomposed(value: str) -> str:
    return unicodedata.normalize("NFD", value)


@given(EITHER)
def test_folding_a_folded_text_changes_nothing(value: str) -> None:
    assert text.fold(text.fold(value)) == text.fold(value)


@given(EITHER)
def test_composed_and_decomposed_text_fold_alike(value: str) -> None:
    assert text.fold(text.nfc(value)) == text.fold(decomposed(value))


@given(VIETNAMESE)
def test_folded_vietnamese_is_plain_ascii_in_single_spaces(value: str) -> None:
    folded = text.fold(value)
    assert folded.isascii()
    assert folded == folded.lower()
    assert folded == " ".join(folded.split())


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Đặc sản Đường", "dac san duong"),
        ("đ Đ ð Ð", "d d d d"),
        ("MẬT  ONG\tHòa\nBình", "mat ong hoa binh"),
        ("Chè Shan tuyết Suối Giàng", "che shan tuyet suoi giang"),
        ("mật\u200bong", "matong"),
        ("a\x00b\ud800c", "a b c"),
        ("ＯＣＯＰ ４", "ocop 4"),
        ("", ""),
    ],
)
def test_fold_writes_what_someone_without_accents_types(typed: str, folded: str) -> None:
    assert text.fold(typed) == folded


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hoà", "hòa"),
        ("HOÀ BÌNH", "HÒA BÌNH"),
        ("thuỷ", "thủy"),
        ("Thuỷ", "ThỦy"),
        ("khoẻ", "khỏe"),
        ("quý", "qúy"),
        ("quả", "qủa"),
        ("hoàn", "hòan"),
        ("uỷ", "ủy"),
    ],
)
def test_both_placements_of_the_tone_are_one_word(old: str, new: str) -> None:
    assert text.exact(old) == text.exact(new) == text.exact(decomposed(new))
    assert text.fold(old) == text.fold(new)


@pytest.mark.parametrize("word", ["của", "mùa", "lúa", "bìa", "cọn", "chè", "Huế", "khuỷu", "ngoài"])
def test_a_tone_that_has_one_place_stays_there(word: str) -> None:
    assert text.normalise_tone(word) == word


@given(VIETNAMESE)
def test_moving_tones_never_changes_the_fold_and_settles_at_once(value: str) -> None:
    moved = text.normalise_tone(value)
    assert text.fold(moved) == text.fold(value)
    assert text.normalise_tone(moved) == moved


@given(EITHER)
def test_exact_keys_do_not_depend_on_the_composition(value: str) -> None:
    assert text.exact(text.nfc(value)) == text.exact(decomposed(value))


def test_exact_keeps_accents_apart() -> None:
    assert text.exact("Chè") == "chè" != text.exact("che")
    assert text.exact_tokens("Chè, hòa-bình!") == ["chè", "hoà", "bình"]


@given(EITHER)
def test_a_slug_is_short_ascii_with_single_inner_hyphens(value: str) -> None:
    slug = text.slugify(value)
    assert len(slug) <= text.SLUG_LENGTH
    assert set(slug) <= set(string.ascii_lowercase + string.digits + "-")
    assert not slug.startswith("-") and not slug.endswith("-") and "--" not in slug
    assert text.slugify(slug) == slug


def test_a_long_slug_ends_with_a_whole_word() -> None:
    words = "mat-ong-hoa-nhan" * 3 + "-bac-me" * 10
    assert words.startswith(text.slugify(words) + "-")
    assert text.slugify("Mật ong (Hòa Bình) – 500 ml") == "mat-ong-hoa-binh-500-ml"
    assert text.slugify("x" * 200) == "x" * text.SLUG_LENGTH
    assert text.slugify("***") == ""


def test_tokens_are_folded_words_however_short() -> None:
    assert text.tokens("Gạo ST25, lứt_đỏ (5 kg) – Ý") == ["gao", "st25", "lut", "do", "5", "kg", "y"]


@pytest.mark.parametrize(
    ("folded", "written"),
    [
        ("my ky ly sy ty hy vy", "mi ki li si ti hi vi"),
        ("quy quyt quynh", "qui quit quinh"),
        ("tay tai thuy thui huynh yen y", "tay tai thuy thui huynh yen y"),
        ("whisky lychee", "whiski lichee"),
    ],
)
def test_y_is_written_i_where_both_are_right(folded: str, written: str) -> None:
    assert text.spelling(folded) == written


@given(EITHER)
def test_every_spelling_of_a_word_is_one_word(value: str) -> None:
    for word in text.tokens(value):
        assert word in text.spellings(word)
        assert {text.spelling(other) for other in text.spellings(word)} == {text.spelling(word)}


@pytest.mark.parametrize("pair", [("mi", "my"), ("qui", "quy"), ("quit", "quyt"), ("ki", "ky")])
def test_two_spellings_know_each_other(pair: tuple[str, str]) -> None:
    assert text.spellings(pair[0]) == text.spellings(pair[1]) == pair


@given(EITHER)
def test_the_one_spelling_settles_at_once_and_has_the_same_length(value: str) -> None:
    once = text.spelling(text.fold(value))
    assert text.spelling(once) == once
    assert len(once) == len(text.fold(value))


def hits(value: str, query: str) -> list[str]:
    return [segment.text for segment in text.highlight(value, query) if segment.hit]


@pytest.mark.parametrize(
    ("value", "query", "expected"),
    [
        ("Mật ong Hòa Bình", "mat ong hoa binh", ["Mật", "ong", "Hòa", "Bình"]),
        ("Mật ong Hòa Bình", "HOÀ", ["Hòa"]),
        ("Mật ong rừng", "mat on", ["Mật", "on"]),
        ("Trà ướp đá", "đ a", []),
        ("Miến đao", "dao", ["đao"]),
        ("Chè Phú Hộ", "che ch", ["Chè"]),
        ("<b>Chè</b>", "che", ["Chè"]),
        ("Straße", "stras", ["Straß"]),
        ("Mỳ gạo Mỹ Đức", "mì", ["Mỳ", "Mỹ"]),
        ("Bánh quy", "qui", ["quy"]),
        ("Tay", "tai", []),
        ("Mật ong", "", []),
        ("", "mat", []),
    ],
)
def test_hits_are_marked_in_the_original_spelling(value: str, query: str, expected: list[str]) -> None:
    assert hits(value, query) == expected


def test_hits_in_decomposed_text_take_their_accents_with_them() -> None:
    assert hits(decomposed("Mật ong"), "mat") == [decomposed("Mật")]


@given(ANYTHING)
def test_cleaning_settles_at_once_and_leaves_nothing_invisible(value: str) -> None:
    for clean in (text.clean_line, text.clean_text):
        once = clean(value)
        assert clean(once) == once == text.nfc(once)
        assert not {unicodedata.category(sign) for sign in once.replace("\n", "")} & {
            "Cc",
            "Cf",
            "Cs",
            "Zl",
            "Zp",
        }
    assert "\n" not in text.clean_line(value)
    assert text.fold(text.clean_line(value)) == text.fold(value)


@given(VIETNAMESE)
def test_cleaning_changes_no_word_of_vietnamese(value: str) -> None:
    assert text.clean_line(decomposed(value)) == " ".join(text.nfc(value).split())


@given(EITHER, EITHER)
def test_highlighted_segments_join_to_the_text(value: str, query: str) -> None:
    segments = text.highlight(value, query)
    assert "".join(segment.text for segment in segments) == value
    assert all(segment.text for segment in segments)


@given(VIETNAMESE)
def test_a_text_that_is_searched_by_itself_is_hit_at_every_word(value: str) -> None:
    marked = " ".join(hits(value, value))
    assert set(text.tokens(value)) <= set(text.tokens(marked))
