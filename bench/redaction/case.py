"""The texts that redaction is timed on: log lines, prose in two languages, hostile texts of 2 MB."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

from bench.redaction.generator import HARMLESS, PLANTED, filled
from bench.redaction.values.credential import BASE62, some
from kansoku.emit.telemetry import telemetry_of
from kansoku.record.facts import Call, Cost, Place, Surroundings, Usage

TALE = """
the customer asked whether a parcel could still arrive before the weekend because nobody had answered and our
answer should explain which steps are left how long each of them takes and what it may cost in total
"""
WORDS_EN = TALE.split()
PARTS_JA = (
    "お客様から",
    "荷物の到着が",
    "遅れているとの",
    "ご連絡を",
    "いただきました。",
    "担当者は",
    "次の手順と",
    "必要な時間を",
    "順番に",
    "説明します。",
    "また、",
    "料金の合計も",
    "お知らせしてください。",
)
SIZE_HOSTILE = 2_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A text to time, and whether it is redacted as JSON."""

    name: str
    text: str
    json: bool = False


def cases() -> list[Case]:
    """The everyday ones."""
    return [
        Case("own log line", own_line(), json=True),
        Case("JSON line 1 KB", json_line(), json=True),
        Case("text 1 KB", prose("en", 1_000)),
        Case("text 100 KB en", prose("en", 100_000)),
        Case("text 100 KB ja", prose("ja", 100_000)),
    ]


def own_line() -> str:
    """The line that Kansoku writes of a call."""
    call = Call(
        place=Place(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7, 0),
        started_unix_ns=1_795_000_000_000_000_000,
        duration_s=1.25,
        operation="chat",
        provider="anthropic",
        request_model="claude-sonnet-4-5",
        response_model="claude-sonnet-4-5-20250929",
        outcome="ok",
        http_status=200,
        stop_reason="end_turn",
        attempts=1,
        usage=Usage(input_tokens=1200, cache_read_tokens=800, cache_write_5m_tokens=0, output_tokens=412),
        cost=Cost(0.0123, "table"),
        request_id="req_011CSHoEeqs5C35K2UUqR7Fy",
        response_id="msg_01XFDUDYJgAACzvnptvVoYEL",
        around=Surroundings(feature="support", user_id="u-1"),
    )
    return telemetry_of(call, "shop").line


def json_line() -> str:
    """A line of 1 KB as an application writes it, with one mail address."""
    head = json.loads(own_line())
    text = f"reply to noah.weber@example.com: {prose('en', 2_000, planted=False)}"
    short = json.dumps({**head, "message": ""})
    return json.dumps({**head, "message": text[: 1_000 - len(short)]})


def prose(language: str, size: int, *, planted: bool = True) -> str:
    """Plain sentences to that many bytes of UTF-8; every thirtieth line is one of the generator's."""
    rng = random.Random(f"prose {language}")
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(_line(language, rng, special=planted and len(lines) % 30 == 10))
        length += len(lines[-1].encode()) + 1
    return "\n".join(lines).encode()[:size].decode(errors="ignore")


def _line(language: str, rng: random.Random, *, special: bool) -> str:
    """A line of plain words, or one with values in it."""
    if special:
        template = rng.choice((*HARMLESS[language], *PLANTED[language]))
        return "".join(text for text, _ in filled(template, rng)[0])
    if language == "ja":
        return "".join(rng.choices(PARTS_JA, k=rng.randrange(4, 12)))
    return " ".join(rng.choices(WORDS_EN, k=rng.randrange(8, 24))) + "."


def hostile() -> list[Case]:
    """Texts of 2 MB that are made to take long."""
    rng = random.Random("hostile")
    units = {
        "at signs": "@",
        "digits": "4",
        "a@": "a@",
        "digit, space": "1 ",
        "almost cards": "4242 4242 4242 4241 ",
        "PEM beginnings": "-----BEGIN ",
        "opening brackets": "[{(<",
        "one long word": "a",
        "dotted": "a.",
        "almost mails": "a@a.",
        "kana": "あいう",
        "full-width digits": "４２",
        "key=": "key=",
        "password:": "password: ",
        "bearer": "Bearer ",
        "URL heads": "https://a:",
        "plus signs": "+1-",
        "zero width": "1\u200b",
        "references": "&#64;",
        "backslashes": "\\u0040",
        "JSON quotes": '{"a":"',
        "My Number words": "マイナンバー",
        "JWT heads": "eyJ.",
        "IBAN heads": "DE89 ",
        "masked users": '"userlist.txt" "*****"\n',
    }
    found = [Case(name, unit * (SIZE_HOSTILE // len(unit.encode()))) for name, unit in units.items()]
    return [*found, Case("base64", some(rng, BASE62 + "+/", SIZE_HOSTILE))]
