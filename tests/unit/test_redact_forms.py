"""Forms in which people and programs write what is theirs, and what only looks like it."""

import pytest

from kansoku.redact.redactor import Redactor

STRICT = Redactor(mode="strict")


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("口座番号の変更：2041187 → 新：7730265", "BANK_ACCOUNT", "7730265"),
        (
            "2,0005,ミツビシユーエフジェイ,045,シブヤ,1,2041187,ヤマダ ハナコ,0000120000",
            "BANK_ACCOUNT",
            "2041187",
        ),
        ("緊急連絡先 父 090/2288/4417", "PHONE", "090/2288/4417"),
        ('{"doc_type":"driver_license","doc_no":"305512987640"}', "DRIVER_LICENSE", "305512987640"),
        ('{"id_type": "driving-licence", "id_number": "305512987640"}', "DRIVER_LICENSE", "305512987640"),
        ("宿泊者の旅券番号：米国 B30419276、韓国 M40112877", "PASSPORT", "M40112877"),
        ("Passport numbers: B30419276 and C70112233", "PASSPORT", "C70112233"),
        ("ＩＢＡＮ：ＤＥ８９　３７０４　００４４　０５３２　０１３０　００", "IBAN", None),
        ("remote=203.0.113.77:51822 closed", "IP_ADDRESS", "203.0.113.77"),
        ("接続元IP:203.0.113.77（社内）", "IP_ADDRESS", "203.0.113.77"),
        ("mapped ::ffff:203.0.113.77", "IP_ADDRESS", "203.0.113.77"),
        ("Benutzer web01, Passwort „tR7mQ2xa“", "SECRET", "tR7mQ2xa"),
        ("Passwort: »tR7mQ2xa«", "SECRET", "tR7mQ2xa"),
        ("passwordのほうがSushi*1200yenです", "SECRET", "Sushi*1200yen"),
        ("ぱすわーど は hitsuji2044 です", "SECRET", "hitsuji2044"),
        ("WPA2のキー：9b1c44de20f7a", "SECRET", "9b1c44de20f7a"),
        ("WPA3 key: 9b1c44de20f7a", "SECRET", "9b1c44de20f7a"),
        ("| batch | qk_live_a8Jq2LwZ0mNv7RtYx3PbK5cD |", "SECRET", "qk_live_a8Jq2LwZ0mNv7RtYx3PbK5cD"),
        (
            "bot: 今お使いのパスワードをご確認ください。\nuser: Neko-4neko! これで入れた",
            "SECRET",
            "Neko-4neko",
        ),
    ],
)
def test_it_is_found_as_it_is_written(text: str, entity: str, value: str | None) -> None:
    found = [(one.entity, text[one.start : one.end]) for one in STRICT.find(text)]
    assert (entity, value or text.partition("：")[2]) in found


@pytest.mark.parametrize(
    "text",
    [
        "商品番号の変更：2041187 → 新：7730265",
        "2,0005,1200,045,88,1,2041187",
        "比率 090/2288/4417",
        '{"doc_type":"invoice","doc_no":"305512987640"}',
        "部品: 米国 B30419276、韓国 M40112877",
        "部品: B30419276、部品 M40112877（旅券は別紙）",
        "アプリ 4.11.0.9 で落ちます",
        "openssl 3.0.2.14 → 3.1.4.2; kernel 6.5.0.27 -> 6.8.0.31",
        "chart 4.11.0.2, agenda item 3.2.1.4",
        "passwordの方針を変える",
        "DB_PASSWORD=changeme_in_production",
        "DB_PASSWORD=change-me-please",
        "ピアノのキー：9b1c44de20f7a音",
        "pk_live_a8Jq2LwZ0mNv7RtYx3PbK5cD",
        "is_live_streaming_supported_by_the_player",
        "Powerball: 05-11-23-38-44 PB 9",
        "Science 372, 583–589 (2019)",
        "bot: パスワードの変更をご確認ください。\nuser: ログインできました",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert STRICT.find(text) == []
