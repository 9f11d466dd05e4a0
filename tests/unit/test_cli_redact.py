"""`kansoku redact`: what it prints, finds and ends with, on files of any size."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from kansoku.cli import main, redact_text
from kansoku.cli.redact_text import Place, found, redacted
from kansoku.redact.redactor import TOO_LONG, Redactor

PERSON, CARD = "taro@example.com", "4111 1111 1111 " + "1111"
LINES = f'{{"user": "{PERSON}", "n": 3}}\r\n\n{{"n": 1}}\nplain {PERSON}\n{{"card": "{CARD}"}}'
TEXT = f"one {PERSON}\n" + "filler of no meaning\n" * 20 + f"宛先 {PERSON}, {CARD}\nthe end {PERSON}"


def made(text: str) -> str:
    return "".join(redacted(io.StringIO(text, newline=""), Redactor()))


def placed(text: str) -> list[Place]:
    return list(found(io.StringIO(text, newline=""), Redactor()))


def test_json_lines_stay_json_lines_and_every_other_line_is_text() -> None:
    assert made(LINES) == LINES.replace(PERSON, "<EMAIL>").replace(CARD, "<CREDIT_CARD>")


def test_one_json_document_stays_one() -> None:
    document = json.dumps({"user": PERSON, "card": int(CARD.replace(" ", ""))}, indent=2)
    assert json.loads(made(document)) == {"user": "<EMAIL>", "card": "<CREDIT_CARD>"}
    assert [(one.line, one.column, one.entity) for one in placed(document)] == [
        (2, 12, "EMAIL"),
        (3, 11, "CREDIT_CARD"),
    ]


def test_what_spans_lines_of_plain_text_is_found() -> None:
    assert made(f"a\n{PERSON}\nb") == "a\n<EMAIL>\nb"
    assert made("") == ""


@pytest.mark.parametrize("block", [1, 7, 50, 10_000])
@pytest.mark.parametrize("text", [LINES, TEXT, f"{PERSON}\n" * 30])
def test_a_file_that_is_read_piece_by_piece_is_redacted_and_searched_like_a_whole_one(
    monkeypatch: pytest.MonkeyPatch, block: int, text: str
) -> None:
    whole, places = made(text), placed(text)
    monkeypatch.setattr(redact_text, "_BLOCK", block)
    monkeypatch.setattr(redact_text, "_AHEAD", 64)
    monkeypatch.setattr(redact_text, "_BEHIND", 64)
    monkeypatch.setattr(redact_text, "MOST_WHOLE", 60)
    assert made(text) == whole
    assert placed(text) == places
    for one in places:
        assert text.split("\n")[one.line - 1][one.column - 1 :].startswith(one.value)


def test_a_line_of_json_that_is_too_long_is_masked_and_the_next_one_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redact_text, "MOST_WHOLE", 60)
    text = f'{{"a": 1}}\n["{PERSON}{"." * 200}"]\n{{"b": 2}}\n'
    lines = "".join(redacted(io.StringIO(text), Redactor(max_length=60))).splitlines()
    assert lines == ['{"a": 1}', TOO_LONG, '{"b": 2}']


def test_what_cannot_be_searched_is_found_as_a_whole() -> None:
    def broken(text: str) -> list[tuple[int, int, str]]:
        raise RuntimeError(text)

    assert list(found(io.StringIO("some words"), Redactor(recognizers=[broken]))) == [
        Place(1, 1, "REDACTION_FAILED", "some words")
    ]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log").write_text(f"ok\nfrom {PERSON} with {CARD}\n")
    (tmp_path / "clean").write_text("nothing here\n")
    return "log"


@dataclass(frozen=True)
class Done:
    """What a run of the command left."""

    returncode: int
    stdout: bytes
    stderr: bytes


def kansoku(*words: str, given: bytes = b"") -> Done:
    """The command, run here: a process of its own takes a second to start."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        patched.setattr(sys, "argv", ["kansoku", "redact", *words])
        with pytest.raises(SystemExit) as ended:
            main()
    code = ended.value.code
    return Done(code if isinstance(code, int) else 0, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue()


def test_it_prints_the_text_redacted_and_ends_well(file: str) -> None:
    done = kansoku(file, "clean")
    assert done.stdout.decode() == "ok\nfrom <EMAIL> with <CREDIT_CARD>\nnothing here\n"
    assert (done.returncode, done.stderr) == (0, b"")


def test_bytes_that_are_no_text_pass_through(file: str) -> None:
    assert file
    done = kansoku("-", given=b"\xff " + PERSON.encode() + b" \r\n\xfe")
    assert done.stdout == b"\xff <EMAIL> \r\n\xfe"


def test_findings_have_places_and_values_only_where_they_are_asked_for(file: str) -> None:
    assert kansoku(file, "--show").stdout.decode() == "log:2:6: EMAIL\nlog:2:28: CREDIT_CARD\n"
    assert PERSON in kansoku(file, "--show", "--values").stdout.decode()
    told = [json.loads(line) for line in kansoku(file, "--json").stdout.splitlines()]
    assert told[0] == {"file": "log", "line": 2, "column": 6, "entity": "EMAIL"}
    valued = [json.loads(line) for line in kansoku(file, "--json", "--values").stdout.splitlines()]
    assert [one["value"] for one in valued] == [PERSON, CARD]


def test_check_ends_with_one_where_anything_is_found(file: str) -> None:
    assert kansoku("clean", "--check").returncode == 0
    done = kansoku("clean", file, "--check")
    assert (done.returncode, done.stdout.decode()) == (1, "log:2:6: EMAIL\nlog:2:28: CREDIT_CARD\n")
    assert kansoku("clean", file, "--check", "--entities", "phone").returncode == 0


def test_the_file_of_settings_holds_and_arguments_win(file: str) -> None:
    Path("kansoku.toml").write_text('[redaction]\nentities = ["EMAIL"]\noperators = { EMAIL = "drop" }\n')
    assert kansoku(file).stdout.decode() == f"ok\nfrom  with {CARD}\n"
    assert kansoku(file, "--entities", "CREDIT_CARD", "--mode", "strict").stdout.decode() == (
        f"ok\nfrom {PERSON} with <CREDIT_CARD>\n"
    )
    Path("kansoku.toml").write_text("[redaction]\nentity = 1")
    done = kansoku(file)
    assert (done.returncode, done.stdout) == (64, b"")
    assert done.stderr.decode().startswith("kansoku: kansoku.toml, line 2: redaction.entity is not known")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["log", "--entities", "EMIAL"], 64, "--entities: 'EMIAL' names EMIAL; use any of"),
        (["log", "--entities", ","], 64, "names none"),
        (["log", "--mode", "lax"], 64, "--mode"),
        ([], 64, "FILE"),
        (["missing"], 66, "kansoku: missing: No such file"),
        (["."], 66, "kansoku: .: Is a directory"),
    ],
)
def test_what_cannot_be_done_is_told(file: str, words: list[str], code: int, told: str) -> None:
    assert file
    done = kansoku(*words)
    assert done.returncode == code
    assert told in done.stderr.decode()


def test_it_needs_nothing_of_the_server_and_is_in_the_list_of_commands(file: str) -> None:
    program = (
        "import sys; sys.modules['typer'] = None; sys.argv = ['kansoku', 'redact', 'clean']\n"
        "from kansoku.cli import main\n"
        "try: main()\n"
        "except SystemExit as ended: code = ended.code\n"
        "heavy = [n for n in sys.modules if n.partition('.')[0] in ('chdb', 'fastapi', 'opentelemetry')]\n"
        "print(code, heavy)"
    )
    assert file
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["nothing here", "0 []"], done.stderr
    listed = subprocess.run(
        [sys.executable, "-c", "from kansoku.cli import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "redact" in listed.stdout
    assert "doctor" in listed.stdout


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "long").write_text(f"{PERSON}\n" * 400_000)
    command = [sys.executable, "-c", "from kansoku.cli import main; main()", "redact", str(tmp_path / "long")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"<EMAIL>\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from Linux's /proc")
def test_a_huge_file_takes_no_huge_memory(tmp_path: Path) -> None:
    line = f"{'words without any meaning at all, ' * 30_000}{PERSON}\n"
    small, huge = tmp_path / "small", tmp_path / "huge"
    small.write_text(line * 2)
    huge.write_text(line * 20)
    program = (
        "import re, sys; from kansoku.cli.redact import run\n"
        f"for path in {[str(small), str(huge)]!r}:\n"
        "    code = run(['--check', path])\n"
        "    peak = re.search(r'VmHWM:\\s+([0-9]+)', open('/proc/self/status').read())\n"
        "    print(code, peak[1], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    (code, before), (same, kilobytes) = (map(int, each.split()) for each in done.stderr.splitlines())
    assert (code, same, len(done.stdout.splitlines())) == (1, 1, 2 + 20)
    assert huge.stat().st_size > 20_000_000
    assert kilobytes - before < 10_000
