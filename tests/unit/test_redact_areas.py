"""Secrets that a name tells from further off: heads of columns, columns of SQL, keys above."""

import pytest

from kansoku.redact.detector import OverBudget
from kansoku.redact.redactor import TOO_LONG, Redactor

REDACTOR = Redactor(entities=["SECRET"])


def secrets(text: str) -> list[str]:
    return [text[one.start : one.end] for one in REDACTOR.find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("user,password,role\nann,plum-77,admin\nbob,Quince88,viewer", ["plum-77", "Quince88"]),
        ("user,password\r\nann,plum-77\r\n\r\nuser,x\r\n", ["plum-77"]),
        ('login,name,passwd\nann,"Pell, Ann",magpie-5\n', ["magpie-5"]),
        ('"id","api_key"\n"1","q8Zr41mmWx0Lv"', ["q8Zr41mmWx0Lv"]),
        ("mail;secret;made\na;tangerine5;2026-01-04", ["tangerine5"]),
        ("user\ttoken\tseen\nci\tq8Zr41mmWx\t2026-11-20", ["q8Zr41mmWx"]),
        ("id,パスワード\n1,mori#34", ["mori#34"]),
        ("氏名,暗証番号\n森,2751\n林,9034", ["2751", "9034"]),
        ("name,pin\nann,2751", ["2751"]),
        ("| login | password |\n|---|:--|\n| pmo | Gull-Bay-7 |\n| ed | heron |", ["Gull-Bay-7", "heron"]),
        ("| Env | API key |\n|---|---|\n| dev | `q8Zr41mmWx0Lv` |", ["q8Zr41mmWx0Lv"]),
        ("Account | Password\n------- | -----\ngail | magpie-5", ["magpie-5"]),
        ("+---+-----+\n| u | password |\n+---+-----+\n| a | linnet_8 |\n+---+---+", ["linnet_8"]),
        ('{"content": "user,password\\nann,plum-77\\nbob,Quince88"}', ["plum-77", "Quince88"]),
        ("next to it\nuser,password,otp\nann,plum-77,118274", ["plum-77", "118274"]),
    ],
)
def test_the_head_of_a_column_tells(text: str, found: list[str]) -> None:
    assert secrets(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "token,count,rank\nthe,4471,1\ninternationalization,3320,2",
        "| Token | Meaning |\n|---|---|\n| `{` | opens a block |\n| NUMBER | digits |",
        "| Field | Password policy |\n|---|---|\n| name | at-least-8 |",
        "user,password_changed_at\nann,2026-11-02",
        "user,password\nann,\nbob,********\ncy,<hidden>",
        "user,password\nann,hunter22,admin",
        "user,password\nvisitor,heron\n",
        "| Pin | Signal |\n|---|---|\n| 99 | CLK |\n| 100 | GND |",
        "name,pin\nVCC,1001\nGND,12",
        "def f(user, password, role):\n    a1, b22b2, c3",
        "please, give me a password, now\nbut, is hunter22 one, or",
        "secret name,place\nprod/db,eu-west-1",
    ],
)
def test_other_tables_stay(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("INSERT INTO a (login, password) VALUES ('nina', 'peach.Tree1');", ["peach.Tree1"]),
        ("insert into `u`(id, secret) values (1, 'opal22x'),\n (2, 'jade33y')", ["opal22x", "jade33y"]),
        ('INSERT INTO p."u" ("user", "password") VALUES (\'g\', \'magpie-5\')', ["magpie-5"]),
        ("INSERT INTO u (at, password) VALUES (NOW(), 'plum')", ["plum"]),
        ("INSERT INTO u (note, password) VALUES ('a, (b)', 'it''s-mine')", ["it''s-mine"]),
        ("COPY u (id, password) FROM stdin;\n1\tmagpie-5\n2\tplum\n\\.\n", ["magpie-5", "plum"]),
    ],
)
def test_columns_of_sql_tell(text: str, found: list[str]) -> None:
    assert secrets(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO u (id, password) VALUES (?, ?)",
        "INSERT INTO u (id, password) VALUES (:id, :password)",
        "INSERT INTO u (id, password) VALUES ('hunter22', NULL)",
        "INSERT INTO u (id, password_min_length) VALUES (1, 'twelve-12')",
        "CREATE TABLE u (id INT, password VARCHAR(64) NOT NULL, token TEXT);",
        "INSERT INTO u SELECT id, password FROM v WHERE x IN ('hunter22')",
        "login(user, password) values ('ann', 'hunter22')",
        "COPY u (id, password) FROM stdin;\n1 magpie-5\n",
    ],
)
def test_other_sql_stays(text: str) -> None:
    assert secrets(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"password": {"value": "cedar-Lake-5", "updated": "2026-11-02"}}', ["cedar-Lake-5"]),
        ('log {"auth":{"password":{"current":"magpie-5","next":"siskin-6"}}}', ["magpie-5", "siskin-6"]),
        ('{"api_keys":["q8Zr41mmWx0Lv","Lw02vvT7uaPq3"], "n": ["aB3dE5gH7jK9m"]}', None),
        ("secrets:\n  - willow-Bend-22 # old\n  - otter-Rock-93\nregion: eu-1a", None),
        ("passwords:\n  admin: Fen-Oak-12\n  guest: 'Ash-Elm-34'\n", ["Fen-Oak-12", "Ash-Elm-34"]),
        ("a:\n  password:\n    value: cedar-Lake-5\n    hint: cedar-Lake-6\n", ["cedar-Lake-5"]),
        ("tokens:\n  ci: cwI2ul03cOD38oqs2hCe\n  max: 4096\n  unk: [UNK]", ["cwI2ul03cOD38oqs2hCe"]),
        ("secrets:\n- willow-Bend-22\nother:\n- willow-Bend-23", ["willow-Bend-22"]),
    ],
)
def test_the_key_above_tells(text: str, found: list[str] | None) -> None:
    if found is None:
        found = [
            one
            for one in ("q8Zr41mmWx0Lv", "Lw02vvT7uaPq3", "willow-Bend-22", "otter-Rock-93")
            if one in text
        ]
    assert secrets(text) == found


def test_all_data_of_a_secret_of_kubernetes_goes() -> None:
    text = "data:\n  salt-1: YXBw\n  x: |\nkind: Secret\nmetadata:\n  name: db-auth1\n---\ndata:\n  y: plain1"
    assert secrets(text) == ["YXBw"]
    assert secrets(text.replace("Secret", "ConfigMap")) == []
    assert secrets("kind: Secret\nstringData:\n  license: Otter-Heron\n  other: ${X}\n") == ["Otter-Heron"]
    assert secrets("kind: Secret\nstringData:\n  db-user: Otter-Heron\n  url: a://b1\n") == ["a://b1"]


@pytest.mark.parametrize(
    "text",
    [
        '{"password": {"type": "string", "minLength": 8, "example": "hunter22"}} {',
        "secrets:\n  - source: db_password\n    target: run1-secrets\n",
        "secrets:\n  db_password:\n    file: ./db_password1.txt\n",
        "secrets: inherit\nregion: eu-west-1\n",
        "tokens:\n  max_length: 4096a\n\nsecrets:\nname: abc-12345\n",
        '{"tokens":["the1","x86_64","Hello2You"],"n":3}',
        "the secrets:\n  - willow-Bend-22\n",
        "password:\n  policy: at-least-8\n",
        "some kind: Secret\ndata:\n  salt-1: YXBw\n",
    ],
)
def test_other_blocks_stay(text: str) -> None:
    assert secrets(text) == []


def test_a_table_within_json_goes_in_place_too() -> None:
    redacted = REDACTOR.redact_json('{"content": "user,password\\nann,plum-77"}')
    assert redacted == '{"content": "user,password\\nann,<SECRET>"}'


def test_a_table_too_long_to_judge_is_masked_whole() -> None:
    for text in (
        "user,password\n" + "a,hunter22\n" * 10_001,
        "INSERT INTO u (password) VALUES " + "('hunter22')," * 10_001,
        "COPY u (id, password) FROM stdin;\n" + "1\thunter22\n" * 10_001,
    ):
        assert REDACTOR.text(text) == TOO_LONG
        with pytest.raises(OverBudget):
            REDACTOR.find(text)


def test_redacting_a_table_again_changes_nothing() -> None:
    for text in ("user,password\na,hunter22\nb,plum", "INSERT INTO u (password) VALUES ('a1b2c3')"):
        redacted = REDACTOR.text(text)
        assert REDACTOR.text(redacted) == redacted != text
