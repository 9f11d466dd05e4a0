"""Which letters and digits are a passport's number, in which languages the word for it is known."""

import pytest

from kansoku.redact.redactor import Redactor

BALANCED = Redactor(entities=["PASSPORT"])
STRICT = Redactor(entities=["PASSPORT"], mode="strict")


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("旅券番号 TR3189060　発行年月日 3/25", "旅券番号 <PASSPORT>　発行年月日 3/25"),
        ("旅券番号：ＴＳ６５７９２７６", "旅券番号：<PASSPORT>"),
        ("パスポート（MS8887365）の名字", "パスポート（<PASSPORT>）の名字"),
        ("TK1234567（パスポート）", "<PASSPORT>（パスポート）"),
        ("パスポートNo. NH7292693", "パスポートNo. <PASSPORT>"),
        ('{"passport_no":"MU8950901"}', '{"passport_no":"<PASSPORT>"}'),
        ("米国パスポートは569502680です", "米国パスポートは<PASSPORT>です"),
        ("Passport No. A12345678", "Passport No. <PASSPORT>"),
        ("UK passport: 536696762", "UK passport: <PASSPORT>"),
        ("Reisepass-Nr. C01X00T47", "Reisepass-Nr. <PASSPORT>"),
        ("Reisepassnummer CJCTXFCY1", "Reisepassnummer <PASSPORT>"),
        ("Passnummer C7GF4VMP9", "Passnummer <PASSPORT>"),
        (
            "<PASSPORT> und 123456789, passport <PASSPORT> 123456789",
            "<PASSPORT> und 123456789, passport <PASSPORT> 123456789",
        ),
        ("passeport n° 14FK62372 expire", "passeport n° <PASSPORT> expire"),
        ("passaporto YA4664434 di Marco", "passaporto <PASSPORT> di Marco"),
        ("paspoortnummer NX2PNA6R7", "paspoortnummer <PASSPORT>"),
        ("pasaporte: AAB123456", "pasaporte: <PASSPORT>"),
        ("パスポートは TK1234567 と TR7654321", "パスポートは <PASSPORT> と <PASSPORT>"),
        (
            "name,passport,seat\nA,123456789,12A\nB,TK1234567,1",
            "name,passport,seat\nA,<PASSPORT>,12A\nB,<PASSPORT>,1",
        ),
    ],
)
def test_a_passport_goes_where_words_tell_it(text: str, redacted: str) -> None:
    assert BALANCED.text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "TK1234567",
        "部品 AB1234567 の在庫",
        "パスポートの申請受付番号は123456789です",
        "my passport was stolen, the case is 123456789",
        "passport expires 20301231",
        "passport: 20301231",
        'passport.use(strategy); "passport-local": "1.0.0"',
        "パスポート番号を入力してください",
        "passport TK12345678901",
        "import PASSPORT_VERSION",
    ],
)
def test_other_codes_and_mere_mentions_stay(text: str) -> None:
    assert BALANCED.text(text) == text


def test_strict_takes_the_japanese_form_by_itself() -> None:
    assert STRICT.text("TK1234567です") == "<PASSPORT>です"
    for text in ("伝票番号 TK1234567", "TK12345678", "XTK1234567", "TK123456"):
        assert STRICT.text(text) == text
