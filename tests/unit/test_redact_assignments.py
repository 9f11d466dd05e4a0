"""Values of names that tell: what is found of them, in which form, and what is left alone."""

import json

import pytest

from kansoku.redact.redactor import Redactor

REDACTOR = Redactor(entities=["SECRET"])
MADE = "q7Zt" + "81LmXw" + "0PbR4n"


def marked(text: str) -> str:
    return REDACTOR.text(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "password=[Tr0ub4dor!]",
            "password: [hunter2]",
            "export DB_PASS=[Xk29!mLq]",
            "PGPASSWORD=[letmein123] psql",
        ),
        *(
            "spring.datasource.password=[Tr0ub4dor&3]",
            "POSTGRES_PASSWORD: [nma6fsex]",
            "pw: [t7B75Ktanc] / id: x",
        ),
        *(
            "password = '[Rq.5id*XiQ$Um]'",
            'password="[Pa55word]"',
            "let password = `[Pa55word]`",
            ":password => '[abc123]'",
        ),
        *("DB_PASSWORD=[a1(b)c,d;e]", "DB_PASSWORD=[a1bcde]; make", 'password: str = "[Pa55word]"'),
        *("Server=h;User ID=u;Password=[x1ZAof];Encrypt=True", "Data Source=h;Pwd={[p;w}}x1]};"),
        *("host=h user=u password=[Zx81lq] dbname=d", "?user=deploy&password=[Winter7028%21]&x=1"),
        *(
            "<password>[Pa55word!]</password>",
            "  password [xkjNUsGGTz9U6]",
            "--password [Xy12zzq]",
            "--password=[Xy12zzq]",
        ),
        *(
            "the password is [Sommer2024!] ok",
            "My password ([Granite12!]) stopped",
            "password for alice is [Wonder1and]",
        ),
        *(
            "mein Passwort ist [Sommer2024!]",
            "Passwort lautet [Winter!1708]",
            "mot de passe : [Rocket346*] — x",
        ),
        *(
            "mi contraseña es [Verano2023*]",
            "wachtwoord van de omgeving is [Zomer750#]",
            "Hasło: [Lato2023!]",
        ),
        *(
            "パスワード：[nma6fsex]",
            "パスワードは「[uE9o0fhso3]」です",
            "パスワードは[neko1234]です",
            "パスワード（[neko1234]）を入力",
        ),
        *(
            "パスワード [P7QkHBGqDI]、STARTTLS",
            "暗証番号は[4649]です",
            "暗証番号：[4649]",
            "ワンタイムパスワード：[482913]",
        ),
        *("((b'x-api-key', b'[hunter2xyz]'))", "(('set-cookie', '[sid=1; Path=/]'), ('accept', '*/*'))"),
        *("PIN: [1234]", "cvv: [123]", "OTP [482913]", "verification code is [482913]"),
    ],
)
def test_passwords_are_found_in_every_form(text: str) -> None:
    before, secret, after = text.replace("[", "]").split("]")
    assert marked(f"{before}{secret}{after}") == f"{before}<SECRET>{after}"


@pytest.mark.parametrize(
    "form",
    [
        *(
            "API_KEY={}",
            "api_key: {}",
            'apiKey: "{}"',
            "'api_key': '{}'",
            "X-Api-Key: {}",
            "?api_key={}&model=x",
        ),
        *('client = OpenAI(api_key="{}")', 'os.environ["WANDB_API_KEY"] = "{}"', "- ENCRYPTION_KEY={}"),
        *(
            "token={}",
            "access_token: {}",
            "--token {}",
            "x-auth-token: {}",
            "AccountKey={};x",
            "my api key is {} ok",
        ),
        *(
            "APIキー: {}",
            "APIトークン {} で",
            "シークレットは{}です",
            "設定のapi_key:{}を",
            "client_secret: {}😡",
            "APIキー（{}）を",
        ),
        *(
            "Authorization: Bearer {}",
            "authorization: token {}",
            "-H 'Authorization: Basic {}'",
            '_auth="{}"',
        ),
        *('{{\\"api_key\\": \\"{}\\"}}', "SALT={}", "MIXPANEL_KEY={}x", 'sasl.token="{}";'),
    ],
)
def test_what_machines_make_is_found_in_every_form(form: str) -> None:
    secret = MADE + "Xc5v" if "SALT" not in form else "7da9412c63c662e2" + "7c8787288993d68c"
    redacted = marked(form.format(secret))
    assert secret not in redacted
    assert redacted == form.format("<SECRET>").replace("<SECRET>x", "<SECRET>")


@pytest.mark.parametrize(
    "text",
    [
        *(
            'password = os.environ["DB_PASSWORD"]',
            "api_key=os.getenv('KEY1')",
            "token = get_token2()",
            "secret = config.x1",
        ),
        *(
            "self.password = password",
            "password=settings.db_password1",
            "token = tokens[i1]",
            "password=$(openssl rand)",
        ),
        *(
            "password: str",
            "api_key: Optional[str] = None",
            "def f(password, token=None):",
            "token: null",
            "password: true",
        ),
        *(
            "password: ${DB_PASSWORD}",
            'password: "{{ vault_pw }}"',
            "API_KEY=your-api-key-here",
            'api_key="..."',
        ),
        *(
            "JWT_SECRET=xxxxxxxxxxxx",
            "password: ********",
            "Authorization: Bearer <token>",
            "Bearer $OPENAI_API_KEY",
        ),
        *(
            "password must be 8 characters",
            "the password is required",
            "Password: (min. 12 chars)",
            "(using password: YES)",
        ),
        *("pass 12/12", "pass: 12, fail: 3", "must pass right_on", "to pass axis=0", "tests pass (py311)"),
        *(
            "max_tokens=4096",
            "token_type: bearer",
            "the token: next one",
            "token 12 of 4096",
            "tokens: 1234567",
        ),
        *("cache_key=" + MADE * 2, "primary_key: " + MADE * 2, "session_id=" + MADE, "public_key: " + MADE),
        *(
            "_TOKEN = r'[!#$%&0-9A-Za-z]+'",
            "token = sha256",
            "password_file=/run/secrets/db1",
            "password=@/run/pw1",
        ),
        *(
            "パスワードは8文字以上",
            "パスワードを変更",
            "トークン数：1234",
            "キーワード：abcd1234efgh",
            "暗証番号（4桁）",
        ),
        *("| password | string |", "secret santa 2024", "auth: basic", "  --password PASSWORD  the password"),
        *(
            "password: ab****12",
            "API_KEY=sk-****1234ab",
            "enter password user=bob1234",
            "password kind=x2y3z4",
        ),
        *("(('password', 'text'), ('token', 'string'))", "in 'password', 'hunter2xyz'", "('cookie', 'set')"),
        *("user / password sign-in", "password == 'abc123'", "token::Abc123", "Vec<Token> abc123x"),
    ],
)
def test_code_prose_and_placeholders_stay(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    "value", ["hunter", "a b, c", "x", "changeme", 1234, 12.5, -7, {"a": 1}, ["a"], [], 'q"\\']
)
def test_in_json_whatever_stands_under_a_secret_key_goes(value: object) -> None:
    text = json.dumps({"user": "bob", "password": value, "n": 1})
    assert json.loads(marked(text)) == {"user": "bob", "password": "<SECRET>", "n": 1}
    assert json.loads(REDACTOR.redact_json(text)) == {"user": "bob", "password": "<SECRET>", "n": 1}


@pytest.mark.parametrize(
    "value", [None, True, False, "", 0, 1, "********", "<TOKEN>", "${TOKEN}", "your-token-here"]
)
def test_in_json_what_tells_nothing_stays(value: object) -> None:
    text = json.dumps({"token": value, "max_tokens": 4096})
    assert REDACTOR.redact_json(text) == text


def test_json_in_a_log_line_and_in_a_string_is_json_too() -> None:
    assert marked('form={"user":"x","password":"edxvotgg"}') == 'form={"user":"x","password":"<SECRET>"}'
    body = json.dumps({"body": json.dumps({"password": "hunter"})})
    assert json.loads(json.loads(REDACTOR.redact_json(body))["body"]) == {"password": "<SECRET>"}


def test_quotes_within_a_string_do_not_end_it() -> None:
    assert marked(r"got {\"password\": \"a1!\\\"bc9\"} ok") == r"got {\"password\": \"<SECRET>\"} ok"
    assert marked(r'{"password": "a1!\"bc9", "n": 1}') == '{"password": "<SECRET>", "n": 1}'


def test_a_key_that_asks_is_read_like_a_label_in_a_text() -> None:
    value = {
        "has password": "Zx81lq!x y",
        "is password": ["Zx81lq!x"],
        "has pin": 1234,
        "no password": 12345678,
    }
    assert REDACTOR.redact(value) == {
        "has password": "<SECRET> y",
        "is password": ["<SECRET>"],
        "has pin": 1234,
        "no password": "<SECRET>",
    }
    for key, item in value.items():
        text = json.dumps({key: item})
        assert json.loads(REDACTOR.redact_json(text)) == REDACTOR.redact({key: item})


def test_a_string_that_nothing_closes_goes_with_the_text() -> None:
    assert marked('{"a": 1, "password": "cut off he') == '{"a": 1, "password": "<SECRET>'


def test_a_key_of_another_entity_tells_all_of_its_value_in_json_alone() -> None:
    redactor = Redactor()
    assert redactor.redact_json('{"card_number": "visa 4242"}') == '{"card_number": "<CREDIT_CARD>"}'
    assert redactor.redact_json('{"ssn": "unknown"}') == '{"ssn": "<US_SSN>"}'
    assert redactor.redact_json('{"個人番号": 12}') == '{"個人番号": "<MY_NUMBER>"}'
    assert redactor.text('LABELS = ["card_number": "Card"]') == 'LABELS = ["card_number": "Card"]'
