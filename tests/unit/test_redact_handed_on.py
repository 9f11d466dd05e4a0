"""Passwords as colleagues hand them on, papers as forms have them, files within JSON; and their likes."""

from __future__ import annotations

import base64
import json
import random

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0\x00\x10JFIF" + random.Random(4).randbytes(300)).decode()


def found(text: str) -> list[tuple[str, str]]:
    return [(one.entity, text[one.start : one.end]) for one in REDACTOR.find(text)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("監視画面の admin パスは Dango&Ocha88 です", "Dango&Ocha88"),
        ("ユーザ: stage01\n   パス: kinako7731", "kinako7731"),
        ("ログインできない。パスは前と同じusagi5usagi5でやってる", "usagi5usagi5"),
        ("・NAS は admin / kinako7731\n・プリンタは3階", "kinako7731"),
        ("Reset done. user: tsmith / pass: Sakura.Moon55", "Sakura.Moon55"),
        ("ID：stage01／パスワード：Sakura.Moon55", "Sakura.Moon55"),
        ("the demo password is still tanuki-Soba-71, sorry", "tanuki-Soba-71"),
        ("Das Passwort fürs Lager ist Knödel#Udon2031 wie immer", "Knödel#Udon2031"),
        ("来客用Wi-Fiのパスワードって「Udon!1984toge」で合ってますか", "Udon!1984toge"),
        ('Das WLAN heißt "Lager", der Schlüssel ist Nagel&Feile1984.', "Nagel&Feile1984"),
        ("パスワードを聞かれたので「kintaro-0505」って入れた", "kintaro-0505"),
        ("wpa-psk ascii 0 Kasse-Nord-5512", "Kasse-Nord-5512"),
        ("password=\x1b[36mMochi#Anko99\x1b[0m attempt=2", "Mochi#Anko99"),
        ("本番DBのパスワード更新\n旧: Aki-Pw_20310401z\n新: 7hG$pw3KmX!t9cQy", "7hG$pw3KmX!t9cQy"),
        ("Password rotation tonight\nold: Aki-Pw_20310401z\nnew: 7hG$pw3KmX!t9cQy", "Aki-Pw_20310401z"),
        ("Backup codes in case I lose the phone: 4471 0926, 5583 1147", "5583 1147"),
    ],
)
def test_a_password_that_is_handed_on_is_found(text: str, value: str) -> None:
    assert ("SECRET", value) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "設定ファイルのパスは config/app8.toml です",
        "ユーザ: stage01\n   状態: kinako7731",
        "・窓口は admin / 総務部",
        "the demo password is still missing, sorry",
        "Das Passwort fürs Lager ist abgelaufen",
        "パスワードを聞かれたので「サポート窓口」に電話した",
        "wpa-psk の設定は Kasse-Nord-5512 を参照",
        "本番DBのバージョン更新\n旧: 14.11-1.pgdg120\n新: 16.4-1.pgdg120",
        "本番DBの台数\n旧: Aki-Pw_20310401z",
        "Postal codes in the north of the city: 4471 0926, 5583 1147",
        "result 1 / pass: 3 of 4",
        "パスワードって「忘れた」ときどうしますか",
        "Der Schlüssel ist Nagel&Feile1984",
    ],
)
def test_what_only_sounds_like_it_stays(text: str) -> None:
    assert [one for one in found(text) if one[0] == "SECRET"] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"doc_type":"drivers_license_jp","doc_number":"305512987640"}', "305512987640"),
        ("[運転免許] あり（305512987 640）", "305512987 640"),
        ("免許証の読取結果\n番号 第 30 55 1298 7640 号", "30 55 1298 7640"),
    ],
)
def test_a_licence_is_found_however_its_digits_are_grouped(text: str, value: str) -> None:
    assert found(text) == [("DRIVER_LICENSE", value)]


def test_digits_that_are_grouped_so_without_a_licence_stay() -> None:
    assert found("[受付] あり（305512987 640）") == []
    assert found('{"doc_type":"invoice_jp","doc_number":"305512987640"}') == []


def test_columns_of_numbers_are_no_card() -> None:
    assert found("cpu 77310 0 40912 9921834 1204 0 663 0") == []
    assert found("カードは 4091 2992 1834 1204 です") == [("CREDIT_CARD", "4091 2992 1834 1204")]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("口座番号(左詰め):0081427", "BANK_ACCOUNT", "0081427"),
        ("口座は千代田信金の神田支店で0081427です", "BANK_ACCOUNT", "0081427"),
        ("my social is 512307841, born in May", "US_SSN", "512307841"),
        ("妻のソーシャル（512307841）を入れた", "US_SSN", "512307841"),
    ],
)
def test_a_number_is_told_by_what_people_call_it(text: str, entity: str, value: str) -> None:
    assert found(text) == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "注文番号(左詰め):0081427",
        "在庫は千代田倉庫の神田支店で0081427個です",
        "our social media id is 512307841",
        "ロト6の当せん数字は 04 11 18 29 37 42",
    ],
)
def test_what_is_called_otherwise_stays(text: str) -> None:
    assert found(text) == []


def test_a_file_is_told_by_its_first_bytes_though_it_is_short() -> None:
    assert 256 < len(JPEG) < 512
    assert found(json.dumps({"images": [JPEG]})) == [("BASE64", JPEG)]
    assert found(f"thumb={JPEG}") == [("BASE64", JPEG)]
    assert found(f"see /static{JPEG}") == []
    assert found(JPEG[:200]) == []


def test_a_seed_stands_under_its_name_and_not_a_level_below_another() -> None:
    seed = "JBSWY3DPEHPK3PXP"
    assert REDACTOR.redact({"setup_key": seed}) == {"setup_key": "<SECRET>"}
    for value in ({"SETUP_KEY": {"note": seed}}, {"setup_key": seed, "note": seed}):
        text = json.dumps(value)
        assert json.loads(REDACTOR.redact_json(text)) == REDACTOR.redact(value)


def test_a_point_is_told_in_german() -> None:
    text = "Mail: anna.krug [at] beispiel [punkt] de"
    assert found(text) == [("EMAIL", "anna.krug [at] beispiel [punkt] de")]
