"""What redaction costs: CPU microseconds a text, side by side, in rounds that take turns."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable

from kansoku.redact.fast import fast_scan
from kansoku.redact.redactor import Redactor
from kansoku.redact.scan import PlainScan

ROUNDS = 5
_LONGEST_ROUND_S = 0.2

LINE = (
    '{"timestamp":1795535854.578,"level":"INFO","event":"api_call_success","service":"shop","trace_id":"'
    '6158f9176a90d5f83e2cc198705874ba","span_id":"388364ceb8ada87f","operation":"chat","provider":"anthropic",'
    '"request_model":"claude-sonnet-4-5","outcome":"ok","http_status":200,"input_tokens":1020,"output_tokens":40,'
    '"cost_usd":0.00073,"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy","message":"order 12345 is on its way"}'
)
_ENGLISH = (
    "The parcel with the blue label left the depot on Monday, and 3 of 12 customers have written since. "
)
_JAPANESE = (
    "お客様のお問い合わせについて、担当者が確認しました。3日後にご連絡いたします。よろしくお願いいたします。"
)
_PLANTED = "Write to taro@example.jp or call 090-1234-5678. "

NAIVE = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+\.[\w.-]+",
        r"\b(?:\d[ -]*?){13,16}\b",
        r"\b0\d{1,4}[- ]?\d{1,4}[- ]?\d{4}\b",
        r"\b\d{3}-\d{2}-\d{4}\b",
        r"sk-ant-[\w-]+",
        r"(?i)(?:password|secret|token|api_key)\"?\s*[:=]\s*\S+",
    )
)
"""What an application without a redactor would write down in an afternoon."""


def texts() -> dict[str, str]:
    """The texts that are timed, by name."""
    return {
        "JSON log line": LINE,
        "1 KB": (_ENGLISH * 12)[:976] + _PLANTED,
        "100 KB en": (_ENGLISH * 1_100)[:102_352] + _PLANTED,
        "100 KB ja": (_JAPANESE * 800)[:34_000] + _PLANTED,
    }


def hostile(length: int = 2_000_000) -> dict[str, str]:
    """Texts made to take long, by name."""
    pieces = (
        "@",
        "1",
        "a@",
        "1 ",
        "12 ",
        "-----BEGIN ",
        "[",
        "QUJD",
        "a",
        "か",
        "key=",
        "password: ",
        ",0123456789",
    )
    return {piece: piece * (length // len(piece)) for piece in pieces}


def _naive(text: str) -> str:
    for pattern in NAIVE:
        text = pattern.sub("<X>", text)
    return text


def contenders() -> dict[str, Callable[[str], str]]:
    """What redacts, by name."""
    found = {"plain": Redactor(scan=PlainScan).redact_json, "naive patterns": _naive}
    return {"hyperscan": Redactor().redact_json, **found} if fast_scan() else found


def speed_lines() -> list[str]:
    """The medians as lines of a table, then the longest time that a hostile text took."""
    runs = contenders()
    lines = [f"{'CPU us a text':16}" + "".join(f"{name:>16}" for name in runs)]
    for name, text in texts().items():
        rounds = [{who: _microseconds(run, text) for who, run in runs.items()} for _ in range(ROUNDS)]
        lines.append(f"{name:16}" + "".join(f"{statistics.median(r[w] for r in rounds):16.1f}" for w in runs))
    for who, run in runs.items():
        if who != "naive patterns":  # it would not come back
            worst, piece = max((_microseconds(run, text) / 1e6, piece) for piece, text in hostile().items())
            lines.append(f"2 MB made to take long, {who}: at most {worst:.2f} s of CPU ({piece!r})")
    return lines


def _microseconds(run: Callable[[str], str], text: str) -> float:
    """CPU time of one run, from as many as fit in a fifth of a second."""
    run(text)
    began = time.process_time()
    times = 0
    while time.process_time() - began < _LONGEST_ROUND_S:
        run(text)
        times += 1
    return (time.process_time() - began) / times * 1e6
