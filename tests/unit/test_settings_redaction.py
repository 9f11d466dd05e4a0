"""`[redaction]` and `[server]` of `kansoku.toml`: what they may say, the redactor made of them, refusals."""

import subprocess
import sys
from pathlib import Path

import pytest

import kansoku
from kansoku.errors import SettingError
from kansoku.redact.configured import configured
from kansoku.redact.redactor import FAILED, TOO_LONG, Redactor
from kansoku.settings import parsed

SECRET = "0123456789abcdef-of-a-key"
ENVIRONMENT = {"REDACTION_KEY": SECRET}
PERSON, CARD = "taro@example.com", "4111 1111 1111 " + "1111"


def redactor(text: str) -> Redactor:
    return configured(parsed(text, "k.toml", ENVIRONMENT).redaction)


def test_every_key_reaches_the_redactor() -> None:
    made = redactor(r"""
[redaction]
entities = ["EMAIL", "CREDIT_CARD", "SECRET"]
mode = "strict"
allow = ["Support@Example.com"]
allow_patterns = ['.*@internal\.example']
max_depth = 2
max_length = 60

[redaction.operators]
EMAIL = "hmac"
CREDIT_CARD = { kind = "partial", keep = 2 }
"*" = { kind = "replace", mark = "[hidden]" }

[redaction.hmac]
key_env = "REDACTION_KEY"
key_id = "2026"
""")
    told = made.text(f"{PERSON} support@example.com a@internal.example")
    assert told == f"{kansoku.Hmac(SECRET, '2026')('EMAIL', PERSON)} support@example.com a@internal.example"
    assert made.text(CARD) == "**************11"
    assert made.redact({"password": "x"}) == {"password": "[hidden]"}
    assert made.text("call 090-1234-5678") == "call 090-1234-5678"
    assert made.text("x" * 61) == TOO_LONG
    assert "deep" not in str(made.redact({"a": {"b": {"c": {"d": "deep"}}}}))


def test_without_a_table_it_is_the_default_redactor() -> None:
    assert configured(parsed("", "k.toml").redaction).text(PERSON) == "<EMAIL>"
    assert redactor('[redaction.operators]\nEMAIL = "drop"').text(f"a {PERSON}") == "a "


def test_the_key_may_be_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET + "\n")
    told = parsed(
        f'[redaction.operators]\nEMAIL = "hmac"\n[redaction.hmac]\nkey_file = "{tmp_path / "key"}"', "k.toml"
    )
    assert configured(told.redaction).text(PERSON) == kansoku.Hmac(SECRET, "1")("EMAIL", PERSON)
    assert SECRET not in repr(told)


HMAC = '[redaction.operators]\nEMAIL = "hmac"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("redaction = 1", "k.toml, line 1: redaction must be a table; write [redaction]"),
        ('[redaction]\n\nmodes = "x"', "k.toml, line 3: redaction.modes is not known; use one of entities"),
        ('[redaction]\nentities = ["EMIAL"]', "line 2: redaction.entities 'EMIAL' is not known; use any of"),
        ('[redaction]\nentities = "EMAIL"', "line 2: redaction.entities must be a list of texts"),
        (
            '[redaction]\nmode = "lax"',
            "line 2: redaction.mode 'lax' is not known; use one of balanced, strict",
        ),
        ("[redaction]\nmode = 1", "line 2: redaction.mode 1 is no text"),
        ("[redaction]\nallow = [1]", "line 2: redaction.allow must be a list of texts"),
        ("[redaction]\nallow_patterns = ['(']", "line 2: redaction.allow_patterns '(' is no regular expr"),
        ("[redaction]\nmax_depth = 0", "line 2: redaction.max_depth 0 is no whole number from 1 up"),
        ("[redaction]\noperators = 1", "line 2: redaction.operators must be a table"),
        ('[redaction.operators]\nEMAIL = "mask"', "line 2: redaction.operators.EMAIL must be one of replace"),
        (
            '[redaction.operators]\nEMIAL = "drop"',
            "line 2: redaction.operators.EMIAL is not known; use any of",
        ),
        (
            '[redaction.operators]\nEMAIL = {kind = "drop", keep = 1}',
            "line 2: redaction.operators.EMAIL has keep",
        ),
        ('[redaction.operators]\nEMAIL = {kind = "partial", keep = 0}', "EMAIL has keep 0; give how many"),
        ('[redaction.operators]\nEMAIL = {kind = "replace", mark = 1}', "EMAIL has mark 1; give text"),
        (HMAC, "line 1: redaction.operators wants hmac; add [redaction.hmac]"),
        (
            f'{HMAC}[redaction.hmac]\nkey = "{SECRET}"',
            "line 4: redaction.hmac.key must not stand in this file",
        ),
        (
            f'{HMAC}[redaction.hmac]\nkey_env = "UNSET"',
            "line 4: redaction.hmac.key_env names UNSET, which is",
        ),
        (f"{HMAC}[redaction.hmac]\nkey_env = 1", "line 4: redaction.hmac.key_env must be text"),
        (f'{HMAC}[redaction.hmac]\nkey_file = "/nowhere/key"', "names /nowhere/key, which cannot be read"),
        (f'{HMAC}[redaction.hmac]\nkey_id = "a"', "line 3: redaction.hmac.key_env or key_file must be given"),
        (f'{HMAC}[redaction.hmac]\nkey_env = "SHORT"', "line 4: redaction.hmac.key_env is 5 bytes long"),
        (
            f'{HMAC}[redaction.hmac]\nkey_env = "REDACTION_KEY"\nkey_id = "a b"',
            "line 5: redaction.hmac.key_id",
        ),
        ('[server]\nredact = "yes"', "k.toml, line 2: server.redact 'yes' is neither true nor false"),
        ("[server]\nport = 1", "k.toml, line 2: server.port is not known; use one of redact"),
    ],
)
def test_what_cannot_be_used_is_told_with_file_line_and_mend(text: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        configured(parsed(text, "k.toml", {**ENVIRONMENT, "SHORT": "short"}).redaction)
    assert message in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_server_redacts_where_it_is_told_to() -> None:
    assert parsed("", "k.toml").server_redacts is None
    assert parsed("[server]\nredact = true", "k.toml").server_redacts is True


def test_an_operator_that_is_told_of_twice_is_refused_by_toml_itself() -> None:
    with pytest.raises(SettingError, match="must be TOML"):
        parsed('[redaction.operators]\nEMAIL = "drop"\nEMAIL = "hmac"', "k.toml")


def test_importing_kansoku_builds_no_redactor_and_gives_one_when_asked() -> None:
    program = """
import sys
import kansoku
loaded = [name for name in sys.modules if name.startswith("kansoku.redact.") or name == "tomllib"]
assert not any(name.endswith(("redactor", "operators", "detectors")) for name in loaded), loaded
made = kansoku.Redactor(operators={"EMAIL": kansoku.Partial(4), "PHONE": kansoku.Drop()})
print(made.text("taro@example.com"), kansoku.Replace("x")("EMAIL", ""))
try:
    kansoku.Redacter
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["************.com x", "module 'kansoku' has no attribute 'Redacter'"]


def test_init_and_configure_logging_take_what_the_file_says_unless_they_are_given_a_redactor(
    tmp_path: Path,
) -> None:
    (tmp_path / "kansoku.toml").write_text(
        '[redaction.operators]\nEMAIL = {kind = "replace", mark = "[m]"}\n'
    )
    program = f"""
import io, logging, sys
import kansoku
from kansoku.instrument.session import active
def logged(**given):
    out = io.StringIO()
    setup = kansoku.configure_logging(stream=out, **given)
    logging.getLogger("a").warning("{PERSON}")
    setup.undo()
    return [part for part in ("[m]", "<EMAIL>", "{PERSON}") if part in out.getvalue()]
print(logged(), logged(redactor=kansoku.Redactor()))
kansoku.init("a", endpoint="http://127.0.0.1:9")
print(active().redactor.text("{PERSON}"), logged())
kansoku.init("a", endpoint="http://127.0.0.1:9", redactor=kansoku.Redactor())
print(active().redactor.text("{PERSON}"), logged())
kansoku.shutdown(0.1)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['[m]'] ['<EMAIL>']", "[m] ['[m]']", "<EMAIL> ['<EMAIL>']"]


def test_a_redactor_tells_everyone_who_asked_of_what_it_masked() -> None:
    def broken(_text: str) -> list[tuple[int, int, str]]:
        raise RuntimeError

    first: list[int] = []
    second: list[int] = []
    one = Redactor(recognizers=[broken], on_failure=first.append)
    assert one.telling(second.append).text("x") == FAILED
    assert one.text("x") == FAILED
    assert (first, second) == ([1, 1], [1])
