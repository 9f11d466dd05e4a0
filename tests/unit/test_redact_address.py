"""Strict mode takes a Japanese address from the prefecture to the block number."""

import pytest

from kansoku.redact.redactor import Redactor

STRICT = Redactor(entities=["ADDRESS"], mode="strict")


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("住所は東京都千代田区丸の内2-13-11です", "住所は<ADDRESS>です"),
        ("兵庫県神戸市中央区三宮町3−25−13 ビル3F", "<ADDRESS> ビル3F"),
        ("北海道札幌市中央区北一条西5丁目12番3号", "<ADDRESS>"),
        ("香川県高松市番町二丁目五番", "<ADDRESS>"),
        ("京都府京都市下京区塩小路町２－１８－１８", "<ADDRESS>"),
        ("神奈川県横浜市西区みなとみらい5の3", "<ADDRESS>"),
    ],
)
def test_an_address_goes_up_to_its_block_number(text: str, redacted: str) -> None:
    assert STRICT.text(text) == redacted


@pytest.mark.parametrize(
    "text", ["東京都の人口は1400万人", "大阪府と京都府", "都道府県コード13", "千葉県千葉市"]
)
def test_a_prefecture_without_a_block_number_stays(text: str) -> None:
    assert STRICT.text(text) == text


def test_balanced_leaves_addresses() -> None:
    assert Redactor().text("東京都千代田区丸の内2-13-11") == "東京都千代田区丸の内2-13-11"
