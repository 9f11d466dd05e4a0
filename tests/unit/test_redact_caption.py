"""Quick looks for labels see every label that the slow ones see."""

import random

from kansoku.redact.caption import _OTHER, is_other  # pyright: ignore[reportPrivateUsage]
from kansoku.redact.national_id import SCHEMES, beginnings

LABELS = (
    *(
        "注文番号",
        "整理番号札",
        "お客さま番号",
        "申込み番号",
        "商品コード",
        "商品ｺｰﾄﾞ",
        "会員id",
        "管理no.",
        "伝票",
        "追跡",
    ),
    *(
        "送り状",
        "バーコード",
        "シリアル",
        "型番",
        "品番",
        "図番",
        "ロット",
        "スコア",
        "金額",
        "合計",
        "残高",
        "価格",
    ),
    *(
        "order number",
        "order",
        "case id",
        "tracking no",
        "user_id",
        "sku",
        "invoice.",
        "rechnungsnr",
        "ts",
        "border",
    ),
)
JOINTS = ("", " ", "：", "は", " is ", "no ", ", ", "の", "12桁 ", "a", "\n", "「")


def test_labels_of_others_are_seen_in_both_scripts() -> None:
    pick = random.Random(3)
    told = 0
    for _ in range(4_000):
        before = "".join(pick.choice((*LABELS, "the ", "話")) + pick.choice(JOINTS) for _ in range(2))
        assert is_other(before) is (_OTHER.search(before) is not None), before
        told += is_other(before)
    assert 1_000 < told < 3_800


def test_every_alternative_of_an_identity_numbers_words_has_its_beginning() -> None:
    for scheme in SCHEMES:
        words = scheme.captions.pattern
        assert len(beginnings(words)) == words.count("|") + 1, words
    assert beginnings(r"person-?nummer|\bnif\b|tax[ _-]?id|resident(?: id)?") == (
        "person",
        "nif",
        "tax",
        "resident",
    )
