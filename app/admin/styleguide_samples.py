"""Sample data of the style guide: names and dates as the register has them; prices, batches and stamps are invented."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace as Sample
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)

from app.catalogue.plates import plate_for, plate_url
from app.certification.standing import Standing, StandingState
from app.listing.card_view import CardView
from app.listing.labels import example_mark, province_label, stars
from app.trace.pages.verdict import VerdictState
from app.web.components import (
    Amount,
    BarRow,
    CertificateCard,
    Chip,
    Crumb,
    FacetGroup,
    FacetOption,
    Part,
    Pill,
    Row,
    SmallMap,
    StackedBar,
    StampBar,
    StampRange,
    Step,
    Tab,
    TargetRow,
    UnitChart,
)
from app.web.fields import WholeField
from app.web.filters import grams, vnd
from app.web.forms import Form
from app.web.language import gettext

TODAY = dt.date(2026, 11, 21)

# The dots of the small map, one for every cell of about 60 km that holds a commune.
MINI_DOTS = (
    "M6 1h0m1 0h0m1 0h0m1 0h0m-8 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-10 1h0m"
    "1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-9 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0"
    "h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-11 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0"
    "m1 0h0m-10 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-7 1h0m1 0h0m1 0h0m1 0h0m"
    "1 0h0m1 0h0m-5 1h0m1 0h0m1 0h0m1 0h0m1 0h0m3 0h0m-8 1h0m1 0h0m1 0h0m1 0h0m1 0h0m-4 1h0m1 0h0m1 0h0m1"
    " 0h0m-2 1h0m1 0h0m1 0h0m1 0h0m-2 1h0m1 0h0m1 0h0m1 0h0m-2 1h0m1 0h0m1 0h0m-1 1h0m1 0h0m1 0h0m-1 1h0m"
    "1 0h0m1 0h0m-2 1h0m1 0h0m1 0h0m1 0h0m-2 1h0m1 0h0m1 0h0m1 0h0m1 0h0m-3 1h0m1 0h0m1 0h0m1 0h0m-2 1h0m"
    "1 0h0m1 0h0m1 0h0m-4 1h0m1 0h0m1 0h0m1 0h0m1 0h0m-4 1h0m1 0h0m1 0h0m1 0h0m1 0h0m-4 1h0m1 0h0m1 0h0m1"
    " 0h0m1 0h0m-4 1h0m1 0h0m1 0h0m1 0h0m1 0h0m-3 1h0m1 0h0m1 0h0m1 0h0m-3 1h0m1 0h0m1 0h0m1 0h0m-5 1h0m1"
    " 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-7 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-7 1h0m1 0h0m1 0h0m1 0"
    "h0m1 0h0m1 0h0m1 0h0m1 0h0m-9 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-9 1h0m1 0h0m1 0h0"
    "m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m2 0h0m-10 1h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m1 0h0m-5 1h0m1 0h0m1 0h0m"
    "1 0h0m1 0h0m-7 1h0m3 0h0m1 0h0m1 0h0m1 0h0m-3 1h0m1 0h0m3 0h0M23 16h0M28 32h0"
)


class SampleForm(Form):
    """One field of each kind; the words are data here, not to be translated."""

    name = StringField("Họ và tên")
    amount = WholeField("Khối lượng tịnh")
    made = DateField("Ngày làm")
    province = SelectField(
        "Tỉnh, thành", choices=[SelectChoice("lao-cai", "Lào Cai"), SelectChoice("vinh-long", "Vĩnh Long")]
    )
    note = TextAreaField("Lời kể")
    photo = FileField("Ảnh sản phẩm")
    agree = BooleanField("Tôi đã đọc")
    pay = RadioField(
        "Trả bằng gì",
        choices=[SelectChoice("cod", "Trả khi nhận hàng"), SelectChoice("qr", "Chuyển khoản VietQR")],
    )
    kind = RadioField(
        "Loại cơ sở", choices=[SelectChoice("htx", "Hợp tác xã"), SelectChoice("ho", "Hộ kinh doanh")]
    )


def _form() -> SampleForm:
    form = SampleForm(
        formdata=None,
        name="Nguyễn Thùy Dương",
        amount=-1,
        made=TODAY,
        pay="cod",
        kind="htx",
        meta={"csrf": False},
    )
    form.amount.errors = ("Khối lượng phải lớn hơn 0.",)
    form.note.description = "Vài câu bằng lời của người làm."
    return form


def standings() -> list[Standing]:
    """Every standing a product can have."""
    return [
        _standing(StandingState.IN_FORCE, 5, until=dt.date(2028, 1, 17)),
        _standing(StandingState.IN_FORCE, 4, recognised_year=2025),
        _standing(StandingState.UNCONFIRMED, 4, recognised_year=2023),
        _standing(StandingState.UNCONFIRMED, None),
        _standing(StandingState.LAPSED, 4, recognised_year=2020),
        _standing(StandingState.LAPSED, 5, until=dt.date(2024, 6, 30)),
        _standing(StandingState.WITHDRAWN, 3, withdrawn_on=dt.date(2026, 9, 1)),
        _standing(StandingState.PENDING, 5, potential_five=True),
        _standing(StandingState.NONE),
    ]


def _standing(state: StandingState, rank: int | None = None, **facts: Any) -> Standing:
    return Standing(state, "", TODAY, rank, **facts)


def _cards() -> list[CardView]:
    rows = (
        ("Chè đinh Tân Cương", "HTX chè Hảo Đạt", "Thái Nguyên", 0, 420_000, "hộp 100 g", ()),
        (
            "Dừa sáp sợi (VICOSAP)",
            "Công ty TNHH Chế biến dừa sáp Cầu Kè",
            province_label("Trà Vinh", "Vĩnh Long"),
            2,
            110_000,
            "hộp 400 g",
            (),
        ),
        (
            "Trà Bát tiên Bảo Hưng",
            "HTX Sản xuất chè xanh chất lượng cao xã Bảo Hưng",
            province_label("Yên Bái", "Lào Cai"),
            0,
            180_000,
            "hộp 200 g",
            (Pill("Giấy còn 37 ngày", "warn"),),
        ),
        (
            "Bộ sản phẩm rượu đông trùng hạ thảo Bách Nhân Khang loại đặc biệt",
            None,
            "Quảng Ninh",
            4,
            None,
            "",
            (Pill("Từ 18 tuổi", "na"),),
        ),
    )
    ranks = standings()
    return [
        CardView(
            slug=f"mau-{n}",
            name=name,
            url="#product_card",
            picture=plate_for(name, "food", None, place.split(",")[0], name),
            state=ranks[rank].state,
            drawn_stars=ranks[rank].drawn_stars,
            stars=stars(ranks[rank]),
            producer=producer,
            place=place,
            price=vnd(price),
            unit=unit,
            example=example_mark(),
            pills=pills,
        )
        for n, (name, producer, place, rank, price, unit, pills) in enumerate(rows)
    ]


def _province_facet() -> FacetGroup:
    return FacetGroup(
        "province",
        gettext("Tỉnh, thành"),
        (
            FacetOption("vinh-long", "Vĩnh Long", 40, True, "gồm Bến Tre, Trà Vinh cũ", 1.0),
            FacetOption("da-nang", "Đà Nẵng", 26, False, "gồm Quảng Nam cũ", 0.65),
            FacetOption("quang-ninh", "Quảng Ninh", 18, False, "", 0.45),
        ),
        narrow=True,
        tabs=(
            Tab(gettext("Tên hôm nay"), "#facet_group", current=True),
            Tab(gettext("Tên trước 07/2025"), "#facet_group", current=False),
        ),
        tabs_label=gettext("Tên tỉnh"),
        more=2,
    )


def _charts() -> dict[str, object]:
    parts = (
        Part("p5", 6, "tiềm năng 5 sao"),
        Part("c4", 15, "bốn sao"),
        Part("c3", 83, "ba sao"),
        Part("open", 61, "còn phải có"),
    )
    quang_ninh = (Part("c5", 7, "năm sao"), Part("c4", 67, "bốn sao"), Part("c3", 162, "ba sao"))
    return {
        "units": UnitChart(parts, "104 ô đã công nhận trên 165 ô của mục tiêu"),
        "stacks": [
            StackedBar("Quảng Ninh", "2020, 236 sản phẩm", quang_ninh),
            StackedBar("Trà Vinh", "2022, 104 sản phẩm", parts[:3]),
        ],
        "bars": [
            BarRow(label="Hộ kinh doanh", value="38, 56,7 %", share=0.94),
            BarRow(label="Công ty", value="14, 20,9 %", share=0.35),
            BarRow(
                label="Hợp tác xã",
                value="11, 16,4 %",
                share=0.27,
                strong=True,
                mark=0.5,
                note="còn thiếu 13,6 điểm",
            ),
        ],
        "targets": [
            TargetRow(
                label="Sản phẩm từ 3 sao",
                target="Mục tiêu 2025: ít nhất 165",
                value="104",
                note="63 %",
                share=0.63,
                mark=1,
            ),
            TargetRow(
                label="Chủ thể là hợp tác xã",
                target="Mục tiêu: ít nhất 30 %",
                value="16,4 %",
                note="11 / 67",
                share=0.164,
                mark=0.3,
            ),
            TargetRow(
                label="Có chuỗi giá trị xanh",
                target="Mục tiêu: ít nhất 30 %",
                value="",
                note="",
                share=None,
                mark=None,
            ),
            TargetRow(
                label="Vào kênh bán hiện đại",
                target="Mục tiêu: ít nhất 50 %",
                value="",
                note="",
                share=None,
                mark=None,
            ),
        ],
    }


def _batch_things() -> dict[str, object]:
    return {
        "certs": [
            CertificateCard(
                title="OCOP 5 sao",
                level="national",
                decision="377/QĐ-BNN-VPĐP",
                issued=dt.date(2025, 1, 17),
                until=dt.date(2028, 1, 17),
                state="in-force",
                note="",
            ),
            CertificateCard(
                title="OCOP 4 sao",
                level="province",
                decision="",
                issued=None,
                until=None,
                state="unconfirmed",
                note="",
            ),
            CertificateCard(
                title="OCOP 3 sao",
                level=None,
                decision="12/QĐ-UBND",
                issued=dt.date(2021, 6, 30),
                until=dt.date(2024, 6, 30),
                state="lapsed",
                note="Giữ lại để tra cứu.",
            ),
        ],
        "batch": Sample(
            code="HD-2610-03",
            made=dt.date(2026, 10, 21),
            expires=dt.date(2028, 10, 21),
            left="86 hộp",
            url="#certificate",
            stamped=True,
            example=True,
        ),
        "chain": [
            Sample(icon="area", title="Vùng nguyên liệu", text="Ba đồi chè, xã Tân Cương", when="từ 03/2026"),
            Sample(icon="leaf", title="Thu hoạch", text="105 kg búp đinh, hái tay", when="18/10/2026"),
            Sample(icon="fire", title="Chế biến", text="Sao tại xưởng, còn 20,4 kg", when="19/10/2026"),
            Sample(icon="box", title="Đóng gói", text="204 hộp 100 g", when="21/10/2026"),
        ],
        "story": [
            Sample(
                icon="area",
                title="Đồi chè Tân Cương",
                when="Chăm sóc từ 03/2026",
                text=["Xã Tân Cương, tỉnh Thái Nguyên."],
                lots=[
                    ("Đồi số 2", "41 kg búp tươi"),
                    ("Đồi số 5", "36 kg búp tươi"),
                    ("Đồi số 7", "28 kg búp tươi"),
                ],
                details=None,
            ),
            Sample(
                icon="leaf",
                title="Thu hoạch",
                when="18/10/2026",
                text=["Hái tay, chỉ lấy búp đinh."],
                lots=None,
                details=[("Mẻ", "TH-261018"), ("Cân", "105 kg")],
            ),
            Sample(
                icon="box", title="Đóng gói", when="21/10/2026", text=["204 hộp."], lots=None, details=None
            ),
            Sample(
                icon="phone-screen",
                title="Đến tay bạn",
                when="Hôm nay, 09:41",
                text=None,
                lots=None,
                details=None,
            ),
        ],
        "roll": [
            StampRange(
                first=1, last=204, state="active", label="Tem 1–204", note="Đã kích hoạt cho lô này, 22/10"
            ),
            StampRange(first=205, last=208, state="void", label="Tem 205–208", note="Hủy vì in nhòe"),
            StampRange(first=209, last=240, state="blank", label="Tem 209–240", note="Chưa kích hoạt"),
        ],
        "roll_bar": StampBar(
            label="204 tem hoạt động, 4 tem đã hủy, 32 tem chưa kích hoạt",
            parts=(
                StampRange(first=1, last=204, state="active", label="", note=""),
                StampRange(first=205, last=208, state="void", label="", note=""),
                StampRange(first=209, last=240, state="blank", label="", note=""),
            ),
        ),
        "rail": [
            Step(title="Mở lô", text="19/10, 20,4 kg", state="done"),
            Step(title="Cấp tem", text="20/10, cuộn 240 tem", state="done"),
            Step(title="In và soát", text="đọc lại đủ 240 mã", state="done"),
            Step(title="Kích hoạt", text="tem 1 đến 204", state="now"),
            Step(title="Đang bán", text="", state="next"),
        ],
    }


def _rows() -> dict[str, object]:
    return {
        "crumbs": (Crumb(gettext("Trang đầu"), "/"), Crumb(gettext("Bộ giao diện"))),
        "chips": (Chip("5 sao", "#search_box", removable=True), Chip("Hợp tác xã", "#search_box", count=62)),
        "label_rows": (
            Row(gettext("Khối lượng tịnh"), grams(100)),
            Row(gettext("Thành phần"), "100 % búp chè"),
            Row(gettext("Số lô"), "HD-2610-03", gettext("ví dụ")),
        ),
        "amounts": (Amount(gettext("Tiền hàng"), 616_000), Amount(gettext("Giao hàng"), 58_000)),
        "ledger": (
            ("21/11", "Bán qua Nguồn, 3 đơn", "−5", "92"),
            ("21/10", "Đóng gói", "+204", "204"),
        ),
        "verdict_facts": (Row("Mã tem", "7K4M 9XQ2 T0RB H5WE"),),
        "answers": (
            Sample(
                question=gettext("Từ đâu?"),
                answer="Đồi chè Tân Cương, Thái Nguyên",
                note="HTX chè Hảo Đạt",
                kind="good",
                map=SmallMap(MINI_DOTS, "-.5 -.5 29 36", 8.5, 4.7),
            ),
        ),
    }


def samples() -> dict[str, object]:
    """Everything the style guide shows, by component."""
    pictures = [
        plate_for(name, None, None, "Lào Cai", name) for name in ("Bánh tét", "Trà Bát tiên", "Mật ong")
    ]
    return {
        "today": TODAY,
        "standings": standings(),
        "verdicts": list(VerdictState),
        "cards": _cards(),
        "form": _form(),
        "dots": MINI_DOTS,
        "pictures": pictures,
        "plates": [plate_url(*parts) for parts in PLATES],
        "fairs": [
            Sample(
                url="#fair_card",
                name="Quà Tết Đinh Mùi",
                dates="15/11/2026 – 05/02/2027",
                summary="Trực tuyến, 36 sản phẩm",
                pictures=pictures,
                state="open",
            )
        ],
        "line": Sample(
            name="Chè đinh Tân Cương",
            url="#order_line",
            picture=pictures[1],
            details=["1 hộp 100 g, lô HD-2610-03", "5 sao đến 17/01/2028"],
            amount=420_000,
        ),
        "facet": _province_facet(),
        "stars_facet": FacetGroup(
            "stars",
            gettext("Hạng sao, trừ giấy đã hết"),
            tuple(
                FacetOption(str(n), f"{n} sao", count, checked=n == 5, stars=n)
                for n, count in ((5, 48), (4, 191))
            ),
        ),
        **_rows(),
        **_charts(),
        **_batch_things(),
    }


PLATES = (
    ("tea-sprig", "hills", "leaf", 1),
    ("bamboo-shoot", "terraces", "clay", 2),
    ("sauce-jar", "coast", "sea", 5),
    ("noodles", "delta", "gold", 3),
    ("textile", "workshop", "indigo", 4),
    ("medicine-jar", "workshop", "plum", 7),
    ("coffee", "hills", "earth", 6),
    ("coconut", "delta", "sea", 9),
)
