"""What a number is written like spares a slow look at it, and never one that would have found something."""

import random
from dataclasses import replace

import pytest

from kansoku.redact.detector import NumberDetector, any_form, no_word
from kansoku.redact.detectors import STRICT
from kansoku.redact.redactor import Redactor
from kansoku.redact.scan import PlainScan
from kansoku.redact.search import Search

LABELS = (
    *(
        "電話",
        "携帯",
        "口座番号",
        "普通",
        "郵便番号",
        "〒",
        "カード",
        "マイナンバー",
        "免許証番号",
        "年金番号",
    ),
    *(
        "保険証番号",
        "tel",
        "phone",
        "account number",
        "konto",
        "ssn",
        "cpf",
        "nhs",
        "bsn",
        "passport",
        "+",
        "(+",
        "＋",
        "＋（",
        "問い合わせ先",
        "問合せ先 ",
        "携帯は次の通りです。",
        "rekeningnummer ",
        "steuer-id",
        "<PHONE>、電話",
        "電話 <PHONE>、",
        "電話,備考\nx,",
    ),
)
FORMS = (
    *("####-##-##", "###-####-####", "##-####-####", "####-####-####", "#######", "########", "#########"),
    *("##########", "###########", "############", "#### #### #### ####", "### ### ####", "###-##-####"),
    *(
        "0##-###-####",
        "(03)####-####",
        "00## ## #### ####",
        "1-###-###-####",
        "#####-#######",
        "# # # # # # #",
    ),
    *("0### ######", "07### ### ###", "# ## ## ## ### ### ##", "####-######-#", "######-####", "##-######"),
)


def test_the_form_of_a_number_and_a_look_for_parts_of_words_change_no_finding() -> None:
    slow = tuple(
        replace(one, fits=any_form, needs=no_word) if isinstance(one, NumberDetector) else one
        for one in STRICT
    )
    quick, plain = Search(STRICT, PlainScan), Search(slow, PlainScan)
    pick = random.Random(5)
    found = 0
    for _ in range(10_000):
        parts = [
            pick.choice(LABELS),
            pick.choice(("", " ", "：", "は")),
            pick.choice(FORMS),
            pick.choice(" 、円/"),
        ]
        text = "".join(str(pick.randrange(10)) if sign == "#" else sign for sign in "".join(parts * 2))
        text = pick.choice((text, text.upper()))
        findings = quick.find(text)[1]
        assert findings == plain.find(text)[1], text
        found += len(findings)
    assert found > 1_000


def test_numbers_with_the_same_words_in_front_share_no_more_than_those() -> None:
    pick = random.Random(6)
    redactor = Redactor(mode="strict", scan=PlainScan)
    whole = alone = 0
    for _ in range(60):
        labels = pick.choices((*LABELS, "", "注文番号", "order no"), k=3)
        forms = pick.choices(FORMS, k=3)
        lines = [
            "".join(str(pick.randrange(10)) if sign == "#" else sign for sign in f"{label} {form}")
            for label, form in pick.choices([*zip(labels, forms, strict=True)], k=150)
        ]
        text = "".join(f"{line}\n\n{'―' * 48}\n\n" for line in lines)
        found = [text[one.start : one.end] for one in redactor.find(text)]
        each = [line[one.start : one.end] for line in lines for one in redactor.find(line)]
        assert found == each
        whole += len(found)
        alone += len(lines) - len(each)
    assert whole > 500
    assert alone > 500


@pytest.mark.parametrize("date", ["2023-06-06", "2023/06/06", "1985.12.31", "2026-11-29"])
@pytest.mark.parametrize("front", ["記号と番号：", "CPR: ", "口座番号 ", "ゆうちょ 番号："])
@pytest.mark.parametrize("time", ["", " 12:30", " 12 30"])
def test_a_date_is_nobodys_number_whatever_stands_in_front(date: str, front: str, time: str) -> None:
    assert Redactor(mode="strict").find(f"{front}{date}{time}") == []


@pytest.mark.parametrize("text", ["2023-06-06 090-1234-5678", "2023/06/06 12:00 090-1234-5678"])
def test_a_number_behind_a_date_is_found(text: str) -> None:
    assert [text[one.start : one.end] for one in Redactor().find(text)] == ["090-1234-5678"]


@pytest.mark.parametrize("text", ["口座番号 2023-13-06", "口座番号 2123-06-06", "口座番号 2023-06-36"])
def test_what_only_looks_like_a_date_is_judged(text: str) -> None:
    assert [one.entity for one in Redactor().find(text)] == ["BANK_ACCOUNT"]


@pytest.mark.parametrize(
    "card", ["2223003122003222", "30569309025904", "4242424242424242", "6011111111111117"]
)
def test_cards_of_every_first_digit_are_found(card: str) -> None:
    assert [one.entity for one in Redactor().find(f"カード番号：{card}")] == ["CREDIT_CARD"]
