"""Which keys tell what their value is, and which only look so."""

import json

import pytest

from kansoku.redact.keys import entity_of_key, hints_at_secret, kind_of_secret
from kansoku.redact.placeholder import is_placeholder, is_untold
from kansoku.redact.redactor import Redactor

REDACTOR = Redactor()


@pytest.mark.parametrize(
    "key",
    [
        *("password", "Password", "PASSWORD", "user.password", "db_password", "dbPassword", "PGPASSWORD"),
        *(
            "passwd",
            "pwd",
            "pass",
            "DB_PASS",
            "passphrase",
            "passcode",
            "password_hash",
            "password2",
            "new-password",
        ),
        *("secret", "client_secret", "clientSecret", "SECRET_KEY", "secretAccessKey", "secret_key_base"),
        *("token", "access_token", "refreshToken", "authToken", "_authToken", "session_token", "csrftoken"),
        *("api_key", "apiKey", "APIKEY", "X-Api-Key", "api key", "api_key_2", "anthropic-api-key"),
        *("private_key", "encryption_key", "signingKey", "AccountKey", "SharedAccessKey", "master_key"),
        *("authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "credentials", "connection_string"),
        *(
            "pin",
            "card_pin",
            "cvv",
            "cvc",
            "otp",
            "verification_code",
            "2FA code",
            "jwt",
            "bearer",
        ),
        *("Passwort", "DB_PASSWORT", "Kennwort", "mot_de_passe", "motDePasse", "contraseña", "CONTRASEÑA"),
        *("API-Schlüssel", "geheimer_schluessel", "Zugriffsschlüssel", "Bestätigungscode", "仮パス"),
        *("wachtwoord", "senha", "hasło", "lösenord", "пароль", "Пароль", "密码", "비밀번호"),
        *("パスワード", "初期パスワード", "暗証番号", "秘密鍵", "APIキー", "アクセストークン", "認証情報"),
        *("ｐａｓｓｗｏｒｄ", "ＡＰＩ＿ＫＥＹ", "pass\u200bword"),
    ],
)
def test_keys_of_secrets(key: str) -> None:
    assert entity_of_key(key) == "SECRET"


@pytest.mark.parametrize(
    "key",
    [
        *("max_tokens", "input_tokens", "total_tokens", "token_count", "tokens", "token_type", "tokenizer"),
        *("token_url", "next_page_token", "eos_token", "cost_per_token", "time_to_first_token", "max_token"),
        *(
            "key",
            "Schlüssel",
            "access code",
            "login_code",
            "Primärschlüssel",
            "primary_key",
            "foreign_key",
            "public_key",
            "key_id",
            "access_key_id",
            "private_key_id",
            "keyboard",
        ),
        *(
            "password_reset_at",
            "has_password",
            "password_policy",
            "is_secret",
            "secret_name",
            "secretary",
            "use_token",
        ),
        *(
            "cookie_consent",
            "accept_cookie",
            "pinned",
            "pin_code",
            "gpio_pin",
            "spin",
            "author",
            "authority",
            "auth",
        ),
        *(
            "session_id",
            "compass",
            "passed",
            "first_pass",
            "bypass",
            "monkey",
            "トークン数",
            "入力トークン",
            "キーワード",
        ),
        *("", "id", "password" * 20, 'pass"word', "password\n"),
    ],
)
def test_keys_that_only_look_so(key: str) -> None:
    assert entity_of_key(key) is None


@pytest.mark.parametrize(
    ("key", "entity"),
    [
        ("ssn", "US_SSN"),
        ("social_security_number", "US_SSN"),
        ("creditCard", "CREDIT_CARD"),
        ("card_number", "CREDIT_CARD"),
        ("クレジットカード番号", "CREDIT_CARD"),
        ("my_number", "MY_NUMBER"),
        ("マイナンバー", "MY_NUMBER"),
        ("個人番号", "MY_NUMBER"),
        *(("residence_card_number", "NATIONAL_ID"), ("residenceCardNumber", "NATIONAL_ID")),
        *(("zairyu_cardnumber", "NATIONAL_ID"), ("在留カード番号", "NATIONAL_ID")),
        *(("member_card_number", None), ("ポイントカード番号", None), ("gift_card_number", "CREDIT_CARD")),
        *(("user_card_number", "CREDIT_CARD"), ("法人クレジットカード番号", "CREDIT_CARD")),
        ("ssn_last4", None),
        ("number", None),
    ],
)
def test_keys_of_other_entities(key: str, entity: str | None) -> None:
    assert entity_of_key(key) == entity


def test_a_key_hints_at_a_secret_if_it_ends_as_such_ones_do() -> None:
    assert all(map(hints_at_secret, ("auth", "_auth", "password_salt", "SENTRY_KEY", "license-key")))
    assert not any(
        map(hints_at_secret, ("key", "cache_key", "primary_key", "partitionKey", "salted", "author", ""))
    )


def test_a_key_tells_how_its_secrets_come_about() -> None:
    kinds = {
        key: kind_of_secret(key)
        for key in ("db_password", "パスワード", "api_key", "トークン", "pin", "暗証番号")
    }
    assert list(kinds.values()) == ["chosen", "chosen", "made", "made", "digits", "digits"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "********", "••••", "...", "xxx", "xxxxxxxx", "****1234", "sk-proj-****ab8i"),
        *(
            "<password>",
            "<YOUR_TOKEN>",
            "${VAR}",
            "$VAR",
            "{{ .Values.x }}",
            "${{ secrets.X }}",
            "{token}",
            "%s",
            "%PW%",
        ),
        *("[REDACTED]", "[ENTFERNT]", "your-api-key-here", "YOUR_API_KEY", "insert key here", "null", "n/a"),
        *("AKIA" + "IOSFODNN7" + "EXAMPLE", "<SECRET>", "<EMAIL:2026:abc>"),
    ],
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text", ["hunter2", "changeme", "a", "P@ss*word", "${A:-fallback1}", "x1", "x" * 3 + "y", "Password"]
)
def test_no_placeholders(text: str) -> None:
    assert not is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        *("パスワード", "新しいパスワード", "パスワード（確認）", "パスワード(確認用)", "パスワードの再設定"),
        *("パスワードを入力してください", "パスワードをお忘れですか？", "暗証番号", "トークン", "APIキー"),
    ],
)
def test_what_a_form_calls_a_field_is_no_value_of_it(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "パスワードは桜2024",
            "パスワードはhunter2です",
            "パスワードをhunter2に変更",
            "桜パスワード",
            "夕焼けの鯨",
        ),
        *("パスワード123", "新しい", "パスワード（桜の木）", "トークンabc123"),
    ],
)
def test_words_around_what_a_form_calls_a_field_may_tell_a_value(text: str) -> None:
    assert not is_placeholder(text)


def test_values_that_tell_nothing() -> None:
    assert all(map(is_untold, (None, True, False, "", 0, 1, 0.0, "****")))
    told: tuple[object, ...] = (2, -1, 1.5, "a", [], {}, float("nan"))
    assert not any(map(is_untold, told))


@pytest.mark.parametrize(
    ("key", "number", "entity"),
    [
        ("driver_license", "28841907", "DRIVER_LICENSE"),
        ("drivingLicence", "S530-4608-8112", "DRIVER_LICENSE"),
        ("passport", "G44188203", "PASSPORT"),
    ],
)
def test_the_number_of_a_paper_is_told_by_the_key_above_it(key: str, number: str, entity: str) -> None:
    value = {key: {"state": "TX", "number": number, "class": "C"}, "number": number}
    told = {key: {"state": "TX", "number": f"<{entity}>", "class": "C"}, "number": number}
    assert REDACTOR.redact(value) == told
    assert json.loads(REDACTOR.text(json.dumps(value))) == told
    assert json.loads(REDACTOR.redact_json(json.dumps(value))) == told
