"""Which numbers are telephone numbers of Japan, how far each reaches, and what looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.redact.area_codes import AREA_CODES
from kansoku.redact.phone_jp import PHONE_JP
from kansoku.redact.search import Search

SEARCH = Search((PHONE_JP,))


def seen(text: str) -> list[str]:
    """What is found in the text."""
    read, found = SEARCH.find(text)
    return [text[read.start(one.start) : read.end(one.end)] for one in found]


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("携帯は090-1234-5678です自宅は022-568-6975です", ["090-1234-5678", "022-568-6975"]),
        ("０９０－１２３４－５６７８", ["０９０－１２３４－５６７８"]),
        ("連絡先は 090ー1762ー6983", ["090ー1762ー6983"]),
        ("090‐1234‐5678", ["090‐1234‐5678"]),
        ("090\u22121234\u22125678", ["090\u22121234\u22125678"]),
        ("09012345678 05012345678", ["09012345678", "05012345678"]),
        ("090-12345678", ["090-12345678"]),
        ("TEL.070.3939.4227", ["070.3939.4227"]),
        ("03-1234-5678", ["03-1234-5678"]),
        ("04-2921-1234", ["04-2921-1234"]),
        ("0466-72-4261", ["0466-72-4261"]),
        ("01267-4-0397", ["01267-4-0397"]),
        ("03(1234)5678", ["03(1234)5678"]),
        ("代表(03)1234-5678まで", ["(03)1234-5678"]),
        ("FAX （092）880-8167", ["（092）880-8167"]),
        ("（電話03-1234-5678）", ["03-1234-5678"]),
        ("(03-1234-5678)", ["03-1234-5678"]),
        ("0120-123-456 0120-98-8878 0800-123-4567 0570-713-888", None),
        ("TEL03-1234-5678/FAX03-1234-5679", ["03-1234-5678", "03-1234-5679"]),
        ("090-1234-5678/080-1234-5678", ["090-1234-5678", "080-1234-5678"]),
        ("会社0678038809自宅0466724261", ["0678038809", "0466724261"]),
        ('{"tel":"0312345678"}', ["0312345678"]),
        ("でんわは 0 7 0 2 9 7 8 8 9 8 1 まで", ["0 7 0 2 9 7 8 8 9 8 1"]),
        ("tel=%2B819012345678", ["%2B819012345678"]),
        ("tel:+81-3-1234-5678", ["+81-3-1234-5678"]),
        ("+819012345678", ["+819012345678"]),
        ("+81 (0)90-1234-5678", ["+81 (0)90-1234-5678"]),
        ("(+81) 90-1234-5678", ["(+81) 90-1234-5678"]),
        ("＋81 90 1234 5678", ["＋81 90 1234 5678"]),
        ("0081-90-1234-5678", ["0081-90-1234-5678"]),
        ("顧客ID\t電話\t最終購入日\n1\t0312345678\t2022-06-23\n2\t0798311399\t2024-09-12", None),
        ("ご注文は 0120-123-456、時間外は 03-1234-5678", ["0120-123-456", "03-1234-5678"]),
        ("customer: 090-1234-5678, any time", ["090-1234-5678"]),
    ],
)
def test_a_telephone_number_is_found_whole(text: str, phones: list[str] | None) -> None:
    expected = [word for word in text.split() if word[0] == "0"] if phones is None else phones
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "注文番号: 090-1234-5678",
        "会員番号 09012345678",
        "会員ID: 08012345678",
        "伝票番号09012345678",
        '{"order_id":"09012345678","id":"08012345678"}',
        "order no. 09012345678",
        "customer no. 090-1234-5678",
        "注文番号,数\n09012345678,2\n08012345678,1",
        "0312345678",
        "2024-01-15 10:20:30",
        "追跡番号 1234-5678-9012",
        "追跡番号 090123456789",
        "法人番号 0123456789012",
        "JAN 4901234567894",
        "0.08012345678",
        "09012345678.5",
        "¥09012345678",
        "090/1234/5678",
        "090-XXXX-XXXX",
        "供給地点特定番号 03-0011-3087-2281-3560-8242",
        "045 123 4567",
        "010-1234-5678",
        "074-123-4567",
        "0466-7-24261",
        "+81 12 345",
        "TEL <PHONE> 0312345678",
        "$09012345678",
        "81 90 1234 5678",
    ],
)
def test_what_looks_like_a_telephone_number_stays(text: str) -> None:
    assert seen(text) == []


def test_the_area_codes_are_of_two_to_five_digits_and_none_is_a_mobile_prefix() -> None:
    assert {len(code) for code in AREA_CODES} == {2, 3, 4, 5}
    assert all(code[0] == "0" and code[1:].isdigit() and code[1] != "0" for code in AREA_CODES)
    assert not AREA_CODES & {"0120", "0570", "0800", "050", "070", "080", "090", "020"}
    assert {"03", "06", "011", "075", "0466", "0985", "01267", "04992"} <= AREA_CODES


@given(st.sampled_from(sorted(AREA_CODES)), st.integers(0, 9_999), st.integers(0, 9_999))
def test_every_area_code_makes_a_number_with_its_exchange(code: str, exchange: int, subscriber: int) -> None:
    local = f"{exchange:04d}"[: 6 - len(code)]
    phone = f"{code}-{local}-{subscriber:04d}"
    assert seen(f"受付は{phone}です") == [phone]
    assert seen(f"受付は{code}-{local}1-{subscriber:04d}です") == []
