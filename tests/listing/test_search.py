"""Products are found however they are typed, and both engines answer alike."""

import os
import random
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from app.core.errors import Busy
from app.core.text import highlight
from app.listing.search import ProductDocument, SearchBackend, SearchHits, SearchUnavailable, open_search
from app.listing.search.postgres_backend import CHANGES_RETAINED, PostgresBackend
from app.listing.search.whoosh_backend import POINTER, PROGRESS_STEP, WhooshBackend

HONEY, HONEY_ELSEWHERE, TEA, CLOTH, NOODLES, BUFFALO, ORANGE, JAM = range(1, 9)
GOODS = [
    ProductDocument(
        HONEY, "Mật ong hoa rừng", "HTX Ong Việt", "xã Cao Phong tỉnh Hòa Bình nay Phú Thọ", "Thực phẩm"
    ),
    ProductDocument(HONEY_ELSEWHERE, "Mật ong bạc hà", "Hộ Vàng Mí Sình", "Mèo Vạc Hà Giang Tuyên Quang"),
    ProductDocument(TEA, "Chè Shan tuyết", "HTX Suối Giàng", "Văn Chấn Yên Bái Lào Cai", "Đồ uống"),
    ProductDocument(CLOTH, "Vải che nắng", "Tổ dệt", "Mai Châu Hòa Bình", "Thủ công mỹ nghệ"),
    ProductDocument(NOODLES, "Miến đao tráng thái", "Công ty Toàn Nga", "Trấn Yên Yên Bái", "Thực phẩm"),
    ProductDocument(BUFFALO, "Thịt trâu gác bếp", "HTX Ong Việt", "Mộc Châu Sơn La", "Thực phẩm"),
    ProductDocument(ORANGE, "Cam Cao Phong", "HTX 3T nông sản", "Cao Phong Hòa Bình", "Thực phẩm"),
    ProductDocument(JAM, "Mứt cam", "Hộ Thuỷ", "Đà Lạt Lâm Đồng", "Thực phẩm", "Cam thái lát, sấy khô"),
]


@pytest.fixture
def search(empty: SearchBackend) -> SearchBackend:
    """Each engine with the goods above."""
    assert empty.rebuild(GOODS) == len(GOODS)
    return empty


def ids(search: SearchBackend, query: str) -> list[int]:
    return list(search.query(query).ids)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("mat ong hoa binh", [HONEY]),
        ("Mật ong HOÀ BÌNH", [HONEY]),
        ("mật ong phú thọ", [HONEY]),
        ("mật ong", [HONEY, HONEY_ELSEWHERE]),
        ("mien dao", [NOODLES]),
        ("miến đao", [NOODLES]),
        ("hop tac xa suoi giang", [TEA]),
        ("htx suối giàng", [TEA]),
        ("thủy", [JAM]),
        ("thuỷ", [JAM]),
        ("3t", [ORANGE]),
        ("mứt, (cam)!", [JAM]),
    ],
)
def test_every_word_must_occur_somewhere_whatever_its_accents(
    search: SearchBackend, query: str, expected: list[int]
) -> None:
    assert ids(search, query) == expected
    assert ids(search, unicodedata.normalize("NFD", query)) == expected
    assert search.query(query).corrected is None


def test_the_accents_that_were_typed_come_first(search: SearchBackend) -> None:
    assert ids(search, "chè") == [TEA, CLOTH]
    assert ids(search, "che") == [CLOTH, TEA]


def test_tones_on_either_vowel_are_the_same_exact_word(search: SearchBackend) -> None:
    search.update(
        [
            ProductDocument(20, "Bột hoà tan"),
            ProductDocument(21, "Bột hòa tan"),
            ProductDocument(22, "Bột hoa tan"),
        ]
    )
    old, new = search.query("bột hoà tan"), search.query("bột hòa tan")
    assert old == new
    assert old.ids == (20, 21, 22)
    assert old.scores[0] == old.scores[1] > old.scores[2]


def test_a_name_counts_more_than_other_text_and_its_first_word_most(search: SearchBackend) -> None:
    search.update([ProductDocument(30, "Bánh quy", description="nhân cam")])
    assert ids(search, "cam") == [ORANGE, JAM, 30]


def test_the_weight_settles_ties_and_then_the_id(search: SearchBackend) -> None:
    search.update(
        [
            ProductDocument(43, "Nấm hương", weight=0.2),
            ProductDocument(42, "Nấm hương"),
            ProductDocument(41, "Nấm hương", weight=99),
            ProductDocument(40, "Nấm hương"),
        ]
    )
    assert [ids(search, "nấm hương") for _ in range(3)] == [[41, 43, 40, 42]] * 3


@pytest.mark.parametrize("query", ["mat on", "mậ", "ma on"])
def test_unfinished_words_find_their_products(search: SearchBackend, query: str) -> None:
    assert ids(search, query)[:2] == [HONEY, HONEY_ELSEWHERE]


def test_a_single_letter_is_a_whole_word(search: SearchBackend) -> None:
    search.update([ProductDocument(45, "Vitamin C")])
    assert ids(search, "c") == [45]


def test_a_finished_word_does_not_bring_its_longer_neighbours_once_it_finds_enough(
    search: SearchBackend,
) -> None:
    search.update(ProductDocument(50 + n, f"Trà số {n}") for n in range(5))
    assert ids(search, "tra") == [50, 51, 52, 53, 54]
    assert ids(search, "trâ")[-1] != BUFFALO
    search.delete([50])
    assert ids(search, "tra")[-1] == BUFFALO


@pytest.mark.parametrize(
    ("query", "expected", "corrected"),
    [
        ("mật onng", HONEY, "mật ong"),
        ("mat ogn", HONEY, "mat ong"),
        ("mạt ongg", HONEY, "mạt ong"),
        ("che tuyte", TEA, "che tuyet"),
        ("matong rung", HONEY, "mat ong rung"),
        ("thịt lợn gác bếp", BUFFALO, "thịt gác bếp"),
    ],
)
def test_a_slip_is_repaired_and_shown(
    search: SearchBackend, query: str, expected: int, corrected: str
) -> None:
    hits = search.query(query)
    assert hits.ids[0] == expected
    assert hits.corrected == corrected
    assert any(segment.hit for segment in highlight(GOODS[expected - 1].name, " ".join(hits.terms)))


def test_two_slips_are_repaired_in_long_words_only(search: SearchBackend) -> None:
    search.update([ProductDocument(60, "Chocolate Trà Vinh")])
    assert search.query("chokolade").corrected == "chocolate"
    assert search.query("mxty").total == 0


def test_long_words_are_known_by_their_likeness(search: SearchBackend) -> None:
    search.update([ProductDocument(60, "Chocolate Trà Vinh")])
    assert search.query("xhocolate").corrected == "chocolate"
    assert search.query("xyzzy").total == 0


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("matong", "mat ong"),
        ("matongrung", "mat ong rung"),
        ("thittraugacbep", "thit trau gac bep"),
        ("htxsuoigiang", "htx suoi giang"),
    ],
)
def test_words_run_together_are_parted(search: SearchBackend, query: str, corrected: str) -> None:
    hits = search.query(query)
    assert hits.corrected == corrected
    assert hits.ids == search.query(corrected).ids != ()


SPELLINGS = [
    ProductDocument(200, "Mì gạo", "Cơ sở Kỹ Lý", "Mỹ Đức Hà Nội"),
    ProductDocument(201, "Mỳ gạo", "Hộ Kĩ Lí", "Quy Nhơn"),
    ProductDocument(202, "Bánh quy", "HTX Sỹ Tỷ", "Qui Nhơn"),
    ProductDocument(203, "Bánh qui", "Hợp tác xã Sĩ Tỉ", "Thành phố Thủ Đức"),
    ProductDocument(204, "Cà phê rang", "Cty Hy", "TP Thủ Đức"),
    ProductDocument(205, "Cafe rang", "Công ty Hi"),
    ProductDocument(206, "Coffee rang", "Thuý Tay"),
    ProductDocument(207, "Caphe rang", "Thúi Tai"),
]


@pytest.mark.parametrize(
    ("spellings", "found"),
    [
        (("mỳ gạo", "mì gạo", "my gao", "mi gao", "MỲ GẠO"), {200, 201}),
        (("kỹ", "kĩ", "ky", "ki"), {200, 201}),
        (("lý", "lí", "ly"), {200, 201}),
        (("htx sỹ tỷ", "htx sĩ tỉ", "htx si ti"), {202, 203}),
        (("quy nhơn", "qui nhơn", "quy nhon"), {201, 202}),
        (("bánh quy", "bánh qui"), {202, 203}),
        (("hy", "hi"), {204, 205}),
        (("htx sỹ", "hợp tác xã sĩ", "htx si"), {202, 203}),
        (("tp thủ đức", "thành phố thủ đức", "TP. Thủ Đức"), {203, 204}),
        (("cafe", "cà phê", "ca phe", "caphe", "coffee", "CÀ PHÊ", "cafê"), {204, 205, 206, 207}),
        (("cafe hy", "coffee hi", "cà phê hỷ"), {204, 205}),
    ],
)
def test_every_right_spelling_of_a_word_finds_the_same(
    search: SearchBackend, spellings: tuple[str, ...], found: set[int]
) -> None:
    search.rebuild(SPELLINGS)
    for spelling in spellings:
        hits = search.query(spelling)
        assert (set(hits.ids), hits.corrected) == (found, None), spelling
        assert hits.ids == search.query(unicodedata.normalize("NFD", spelling)).ids


@pytest.mark.parametrize(
    ("query", "first"),
    [("mì gạo", 200), ("mỳ gạo", 201), ("bánh qui", 203), ("bánh quy", 202), ("cafe", 205), ("caphe", 207)],
)
def test_the_spelling_that_was_typed_comes_first(search: SearchBackend, query: str, first: int) -> None:
    search.update(SPELLINGS)
    assert ids(search, query)[0] == first


@pytest.mark.parametrize(("one", "another"), [("tay", "tai"), ("thuý", "thúi"), ("may", "mai")])
def test_y_after_a_vowel_is_another_sound(search: SearchBackend, one: str, another: str) -> None:
    search.rebuild([ProductDocument(1, f"Gạo {one}"), ProductDocument(2, f"Gạo {another}")])
    assert (ids(search, one), ids(search, another)) == ([1], [2])


def test_what_a_repair_shows_is_spelled_as_people_spell_it(search: SearchBackend) -> None:
    search.rebuild([ProductDocument(1, "Rượu Mỹ Quý"), ProductDocument(2, "Cafe hoà tan")])
    assert search.query("ruou my quyy").corrected == "ruou my quy"
    assert search.query("rượu mỹ quýy").corrected == "rượu mỹ quý"
    assert search.query("caffe hoà tan").corrected == "cafe hoà tan"


def test_a_corrected_query_finds_the_same_when_it_is_clicked(search: SearchBackend) -> None:
    repaired = search.query("mật onng")
    assert repaired.corrected is not None
    assert search.query(repaired.corrected).ids == repaired.ids


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "*",
        "((",
        '"',
        "a" * 10_000,
        "mật " * 3_000,
        "\x00",
        "\ud800",
        "' OR 1=1 --",
        "!&|:*<->",
        "%_",
        "😀",
        "日本",
    ],
)
def test_any_text_is_taken(search: SearchBackend, query: str) -> None:
    hits = search.query(query)
    assert len(hits.ids) == len(hits.scores) == hits.total


def test_noise_around_words_is_passed_over(search: SearchBackend) -> None:
    assert ids(search, "((mật* \x00 'ong\"") == [HONEY, HONEY_ELSEWHERE]
    assert ids(search, "mật ong " * 500) == [HONEY, HONEY_ELSEWHERE]


def test_the_limit_cuts_the_ids_and_not_the_total(search: SearchBackend) -> None:
    hits = search.query("mật ong", limit=1)
    assert (hits.ids, hits.total) == ((HONEY,), 2)
    with pytest.raises(ValueError, match="limit"):
        search.query("mật ong", limit=0)


def test_updates_and_deletions_are_seen_at_once(search: SearchBackend) -> None:
    search.update([ProductDocument(HONEY, "Sáp ong"), ProductDocument(70, "Mật ong rừng Xẻo Quýt")])
    assert ids(search, "mật ong") == [HONEY_ELSEWHERE, 70]
    assert ids(search, "sáp") == [HONEY]
    search.delete([70, HONEY_ELSEWHERE, 12345])
    search.delete([])
    assert ids(search, "mật ong") == []
    assert ids(search, "xẻo quýt") == []
    assert search.query("quytt").corrected is None  # a word that is gone corrects nothing


def test_the_last_of_two_versions_in_one_update_stands(search: SearchBackend) -> None:
    search.update([ProductDocument(80, "Rượu mơ"), ProductDocument(80, "Rượu cần")])
    assert ids(search, "rượu mơ") == []
    assert ids(search, "rượu cần") == [80]


ASKED = (
    "mì gao",
    "cafe",
    "matong",
    "xhocolate",
    "mật ong",
    "mat",
    "ong",
    "ong rừng",
    "ca",
    "cam",
    "cao ph",
    "tra",
    "trà",
    "trâu gác",
    "htx",
    "rung mta",
)
NAMES = (
    "Mỳ gạo",
    "Cafe chocolate",
    "Cà phê",
    "Mật ong rừng",
    "Mật",
    "Ông Cao Phong",
    "Trà cam",
    "Cam",
    "Trâu gác bếp",
    "Tra khô",
    "Rừng mát ong trà",
)


def answers(search: SearchBackend) -> dict[str, SearchHits]:
    return {query: search.query(query) for query in ASKED}


def goods(dice: random.Random, numbers: Iterable[int]) -> list[ProductDocument]:
    """Products with these ids, whose words overlap."""
    return [
        ProductDocument(
            number, dice.choice(NAMES), dice.choice(("", "HTX Ong")), weight=dice.choice((0.0, 0.5))
        )
        for number in numbers
    ]


@pytest.fixture
def opened_anew(search: SearchBackend, tmp_path: Path) -> Callable[[], SearchBackend]:
    """Opens the same index as somebody does who has seen nothing of it yet."""

    def opened() -> SearchBackend:
        if isinstance(search, PostgresBackend):
            return PostgresBackend(create_engine(search.url, poolclass=NullPool))
        return WhooshBackend(tmp_path / "index")

    return opened


@pytest.mark.parametrize("seed", range(4))
def test_who_follows_every_change_answers_like_who_comes_new(
    search: SearchBackend, opened_anew: Callable[[], SearchBackend], seed: int
) -> None:
    dice = random.Random(seed)
    for _ in range(12):
        answers(search)
        for _ in range(dice.choice((1, 3))):  # several changes may be followed at once
            changed = dice.sample(range(1, 30), dice.choice((1, 2, 25)))
            if dice.random() < 0.3:
                opened_anew().delete(changed)
            else:
                opened_anew().update(goods(dice, changed))
        assert answers(search) == answers(opened_anew())


def test_a_reader_that_slept_through_very_many_changes_catches_up(
    search: SearchBackend, opened_anew: Callable[[], SearchBackend]
) -> None:
    writer = opened_anew()
    assert ids(search, "mật ong") == [HONEY, HONEY_ELSEWHERE]
    for number in range(CHANGES_RETAINED + 10):
        writer.update([ProductDocument(1000 + number % 7, f"Gạo {number}")])
    assert search.query("gạo").total == 7
    assert answers(search) == answers(writer)


@pytest.mark.postgres
def test_both_engines_give_the_same_answers(postgres: Engine, tmp_path: Path) -> None:
    dice = random.Random(0)
    many = [*GOODS, *goods(dice, range(100, 400))]
    whoosh, tables = WhooshBackend(tmp_path), PostgresBackend(postgres)
    for engine in (whoosh, tables):
        engine.rebuild(many)
        engine.delete([200])
    assert answers(whoosh) == answers(tables)
    assert all(hits.total == len(set(hits.ids)) for hits in answers(whoosh).values())


@pytest.mark.postgres
def test_tables_put_back_to_an_earlier_day_are_seen(postgres: Engine) -> None:
    search, names = (
        PostgresBackend(postgres),
        ("product_search", "product_search_word", "product_search_change"),
    )
    search.rebuild(GOODS)
    with postgres.begin() as connection:
        for name in names:
            connection.execute(text(f"CREATE TABLE former_{name} AS TABLE {name}"))
    search.update([ProductDocument(70, "Mật ong mới")])
    assert ids(search, "mật ong mới") == [70]
    with postgres.begin() as connection:
        for name in names:
            connection.execute(text(f"DELETE FROM {name}"))
            connection.execute(text(f"INSERT INTO {name} TABLE former_{name}"))
            connection.execute(text(f"DROP TABLE former_{name}"))
    assert ids(search, "mật ong") == [HONEY, HONEY_ELSEWHERE]
    PostgresBackend(postgres).update([ProductDocument(71, "Sáp ong")])
    assert ids(search, "sáp ong") == [71]
    assert 70 not in ids(search, "mật")


@pytest.mark.postgres
def test_tables_filled_before_changes_were_written_down_are_read(postgres: Engine) -> None:
    reader = PostgresBackend(postgres)
    reader.rebuild(GOODS)
    with postgres.begin() as connection:
        connection.execute(text("TRUNCATE product_search_change"))
    assert [ids(reader, "mật ong") for _ in range(2)] == [[HONEY, HONEY_ELSEWHERE]] * 2
    PostgresBackend(postgres).delete([HONEY])
    assert ids(reader, "mật ong") == [HONEY_ELSEWHERE]


def test_a_rebuild_forgets_everything_else_and_reports_its_progress(search: SearchBackend) -> None:
    reported: list[int] = []
    many = PROGRESS_STEP + 1
    assert (
        search.rebuild((ProductDocument(n, f"Gạo {n}") for n in range(1, many + 1)), reported.append) == many
    )
    assert reported == sorted(reported)
    assert reported[-1] == many
    assert ids(search, "mật ong") == []
    assert search.query("gạo", limit=10).total == many


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(search: SearchBackend) -> None:
    def broken() -> Iterator[ProductDocument]:
        yield ProductDocument(90, "Mật ong giả")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        search.rebuild(broken())
    with pytest.raises(RuntimeError):
        search.update(broken())
    assert ids(search, "mật ong") == [HONEY, HONEY_ELSEWHERE]
    search.update([ProductDocument(91, "Mật ong thật")])
    assert ids(search, "mật ong thật") == [91]


def test_an_empty_index_finds_nothing_and_takes_updates(empty: SearchBackend) -> None:
    assert empty.rebuild([]) == 0
    assert empty.healthy()
    assert empty.empty()
    assert empty.query("mật onng").total == 0
    empty.update(GOODS[:1])
    assert not empty.empty()
    assert ids(empty, "mat ong") == [HONEY]


def test_a_second_writer_is_refused_as_busy(search: SearchBackend) -> None:
    def meanwhile() -> Iterator[ProductDocument]:
        with pytest.raises(Busy):
            search.update(GOODS[:1])
        with pytest.raises(Busy):
            search.delete([HONEY])
        yield from GOODS

    search.rebuild(meanwhile())
    assert HONEY in ids(search, "mật ong")


def test_readers_in_threads_see_whole_indexes_while_a_writer_works(search: SearchBackend) -> None:
    seen: set[tuple[int, ...]] = set()
    failures: list[BaseException] = []
    finished = threading.Event()

    def read() -> None:
        try:
            while not finished.is_set():
                seen.add(search.query("mật ong").ids)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test reports it
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(3):
        search.rebuild(GOODS)
        search.update(GOODS[:2])
    finished.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert seen == {(HONEY, HONEY_ELSEWHERE)}


READER = """
import sys
from pathlib import Path
from app.listing.search import open_search
search = open_search(database_url=sys.argv[1], data_dir=Path(sys.argv[2]))
for line in sys.stdin:
    print(*search.query(line.strip()).ids, flush=True)
"""


def test_another_process_sees_a_rebuild_and_an_update_without_a_restart(
    search: SearchBackend, tmp_path: Path
) -> None:
    url = "sqlite://"
    if isinstance(search, PostgresBackend):
        url = search.url
    with subprocess.Popen(
        [sys.executable, "-c", READER, url, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as reader:
        assert reader.stdin is not None and reader.stdout is not None

        def ask(query: str) -> str:
            assert reader.stdin is not None and reader.stdout is not None
            print(query, file=reader.stdin, flush=True)
            return reader.stdout.readline().strip()

        assert ask("sáp ong") == ""
        search.update([ProductDocument(100, "Sáp ong")])
        assert ask("sáp ong") == "100"
        for number in (101, 102, 103):  # old generations are cleared away under the reader's feet
            search.rebuild([ProductDocument(number, "Sáp ong")])
            assert ask("sáp ong") == str(number)
        reader.stdin.close()


def test_without_an_index_a_query_is_refused(tmp_path: Path) -> None:
    search = WhooshBackend(tmp_path / "index")
    assert not search.healthy()
    assert "search reindex" in search.detail()
    with pytest.raises(SearchUnavailable):
        search.query("mật ong")


def test_a_lost_index_folder_is_reported_and_rebuilt(tmp_path: Path) -> None:
    (tmp_path / POINTER).write_text("g000009 3\n", encoding="ascii")
    with closing(WhooshBackend(tmp_path)) as search:
        with pytest.raises(SearchUnavailable):
            search.query("mật ong")
        search.rebuild(GOODS)
        assert HONEY in ids(search, "mật ong")
        assert search.detail() == "whoosh"


def test_old_generations_are_cleared_away(tmp_path: Path) -> None:
    with closing(WhooshBackend(tmp_path)) as search:
        for _ in range(4):
            search.rebuild(GOODS[:1])
        assert len(list(tmp_path.glob("g*"))) == 2


@pytest.mark.postgres
def test_postgres_without_a_server_is_unavailable() -> None:
    with closing(PostgresBackend("postgresql+psycopg://nobody@127.0.0.1:1/none")) as search:
        assert not search.healthy()
        assert "migrations" in search.detail()
        with pytest.raises(SearchUnavailable):
            search.query("mật ong")


def test_an_index_by_former_rules_counts_as_none_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("g000009 3\n", encoding="ascii")
    (tmp_path / "g000009").mkdir()
    with closing(WhooshBackend(tmp_path)) as search:
        assert not search.healthy()
        search.rebuild(GOODS)
        search.rebuild(GOODS)
        assert HONEY in ids(search, "mật ong")
    assert {path.name for path in tmp_path.iterdir()} == {POINTER, "WRITER", "g000010", "g000011"}


def test_the_configuration_chooses_the_engine(tmp_path: Path) -> None:
    address = "postgresql+psycopg://someone:secret@db.example/nguon"
    engine = create_engine(address)
    assert isinstance(open_search(database_url="sqlite:///x.db", data_dir=tmp_path), WhooshBackend)
    assert isinstance(
        open_search(database_url=address, data_dir=tmp_path, search_url="whoosh:"), WhooshBackend
    )
    shared = open_search(database_url=address, data_dir=tmp_path, engine=engine)
    assert isinstance(shared, PostgresBackend)
    own = open_search(
        database_url="sqlite:///x.db", data_dir=tmp_path, search_url="postgres://db.example/nguon"
    )
    assert isinstance(own, PostgresBackend)
    assert own.url == "postgresql+psycopg://db.example/nguon"
    elsewhere = open_search(
        database_url="sqlite://", data_dir=tmp_path, search_url=f"whoosh://{tmp_path}/other"
    )
    elsewhere.rebuild(GOODS)
    assert (tmp_path / "other" / POINTER).exists()
    with pytest.raises(ValueError, match="SEARCH_URL"):
        open_search(database_url="sqlite://", data_dir=tmp_path, search_url="http://search.example")
