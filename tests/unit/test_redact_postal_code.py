"""Which seven digits are a Japanese postal code: by its mark, by a label, or by the address beside it."""

import pytest

from kansoku.redact.redactor import Redactor

BALANCED = Redactor(entities=["POSTAL_CODE"])
STRICT = Redactor(entities=["POSTAL_CODE"], mode="strict")


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("〒100-0053東京都千代田区", "〒<POSTAL_CODE>東京都千代田区"),
        ("〒 1540081", "〒 <POSTAL_CODE>"),
        ("〒１５４－８５１３　東京都", "〒<POSTAL_CODE>　東京都"),
        ("転居先は〒330–0876 埼玉県", "転居先は〒<POSTAL_CODE> 埼玉県"),
        ("〒19\u200b2-08\u206081 八王子市", "〒<POSTAL_CODE> 八王子市"),
        ("〒一〇〇-〇〇〇五 東京都", "〒<POSTAL_CODE> 東京都"),
        ("郵便番号3306234　住所", "郵便番号<POSTAL_CODE>　住所"),
        ("郵便番号,住所\n150-0041,渋谷", "郵便番号,住所\n<POSTAL_CODE>,渋谷"),
        ("登録住所を260-0881の千葉県千葉市に", "登録住所を<POSTAL_CODE>の千葉県千葉市に"),
        ("1000005 東京都千代田区", "<POSTAL_CODE> 東京都千代田区"),
        ("100-0005 千代田区丸の内", "<POSTAL_CODE> 千代田区丸の内"),
        ("Chiyoda-ku, Tokyo 100-0005, Japan", "Chiyoda-ku, Tokyo <POSTAL_CODE>, Japan"),
        ("<zip>760-0086</zip><addr>香川県", "<zip><POSTAL_CODE></zip><addr>香川県"),
        ("〒：770-8570 担当", "〒：<POSTAL_CODE> 担当"),
        ("北海道札幌市中央区北一条西2丁目 (060-0001)", "北海道札幌市中央区北一条西2丁目 (<POSTAL_CODE>)"),
        ("勤務先: 新潟県新潟市中央区新光町4-1 950-8570", "勤務先: 新潟県新潟市中央区新光町4-1 <POSTAL_CODE>"),
        ("送付先 7300011 広島市基町6", "送付先 <POSTAL_CODE> 広島市基町6"),
        ("9800811 仙台市青葉区一番町", "<POSTAL_CODE> 仙台市青葉区一番町"),
        ('{"postalCode":"100-8555"}', '{"postalCode":"<POSTAL_CODE>"}'),
        ("zip_code=1000005", "zip_code=<POSTAL_CODE>"),
    ],
)
def test_a_postal_code_goes_and_its_mark_stays(text: str, redacted: str) -> None:
    assert BALANCED.text(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "1000005",
        "100-0005",
        "お問い合わせ番号901-7774（7桁）",
        "部品番号398-9790 千代田区",
        "1234567 千代田区",
        "図面番号456-9051、改訂3",
        "郵便物の追跡番号4526-0986-2946は〒マークの下",
        "例：000-00000 の形式",
        "〒一〇〇-〇〇〇五六",
        "tokyo-3 754-2008",
        "東京都千代田区の部品番号 100-0005",
        "管理番号 9800811 仙台市青葉区",
        "広島市基町6、型番 730-0011",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert BALANCED.text(text) == text


def test_strict_takes_the_printed_form_by_itself() -> None:
    assert STRICT.text("100-0005です") == "<POSTAL_CODE>です"
    for text in ("1000005", "部品番号 100-0005", "100 0005", "100-00056"):
        assert STRICT.text(text) == text
