"""What was said in a trace, call by call, as lines for a terminal: every text as text, nothing obeyed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from kansoku.catalog import content as names
from kansoku.catalog.text import Language, Text
from kansoku.cli.table import json_text, plain
from kansoku.cli.upkeep import said

Json = Mapping[str, object]

_STEP = Text("Step {0}", "ステップ {0}")
_NONE = Text(
    "No messages were recorded: kansoku.init(content=True) keeps them.",
    "メッセージは記録されていません。kansoku.init(content=True) で記録されます。",
)
_SAME = Text("… {0} messages as in the step before", "… 前のステップと同じメッセージ {0} 件")
_THINKING = Text("thinking", "思考")
_HIDDEN = Text("thinking that the API keeps to itself", "API が公開しない思考")
_CALLS = Text("calls", "呼び出し")
_RESULT = Text("result", "結果")
_FAILED = Text("result, failed", "結果(失敗)")
_BREAKPOINT = Text("── cache breakpoint ({0})", "── キャッシュの区切り({0})")
_PARTIAL = Text("! the answer broke off here", "! 回答はここで途切れました")
_LOST = Text("! not kept: {0}", "! 保存されていません: {0}")
_EARLIER = Text("! {0} earlier messages are left out", "! これより前のメッセージ {0} 件は省かれています")
_CUT = Text("! cut: {0}", "! 一部が省かれています: {0}")
_MINUTES = "5m"
"""How long a breakpoint holds that does not say it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A call: its title, and the attributes of its span."""

    title: str
    attributes: Mapping[str, str]


def conversation(steps: Sequence[Step], language: Language) -> Iterator[str]:
    """The steps with their messages, without those that the step before had already."""
    told = [_messages(step.attributes) for step in steps]
    if not any(told) and not any(names.LOST in step.attributes for step in steps):
        yield said(_NONE, language)
        return
    before: list[Json] = []
    for number, (step, messages) in enumerate(zip(steps, told, strict=True), 1):
        yield f"{said(_STEP, language, str(number))}  {plain(step.title)}"
        yield from _missing(step.attributes, language)
        same = _same(before, messages)
        if same:
            yield f"  {said(_SAME, language, str(same))}"
        for message in messages[same:]:
            yield from _lines(message, language)
        yield ""
        before = messages


def _missing(attributes: Mapping[str, str], language: Language) -> Iterator[str]:
    """What is missing, as Kansoku's own spans tell it."""
    for text, name in ((_LOST, names.LOST), (_EARLIER, names.EARLIER_LEFT_OUT), (_CUT, names.CUT)):
        if name in attributes:
            yield f"  {said(text, language, plain(attributes[name]))}"


def _messages(attributes: Mapping[str, str]) -> list[Json]:
    """The messages of a call: the system prompt, what was asked, what was answered."""
    system = _listed(attributes.get(names.SYSTEM_INSTRUCTIONS, ""))
    asked = _listed(attributes.get(names.INPUT_MESSAGES, ""))
    answered = _listed(attributes.get(names.OUTPUT_MESSAGES, ""))
    return [*([{"role": "system", "parts": system}] if system else []), *asked, *answered]


def _listed(text: str) -> list[Json]:
    """The objects in a JSON list; none where it is none."""
    try:
        value: object = json.loads(text) if text else []
    except ValueError:
        return []
    return _objects(value)


def _objects(value: object) -> list[Json]:
    found = cast("list[object]", value) if isinstance(value, list) else []
    return [cast("Json", each) for each in found if isinstance(each, dict)]


def _same(before: Sequence[Json], now: Sequence[Json]) -> int:
    """How many messages at the beginning are those of the step before."""
    same = 0
    while same < min(len(before), len(now)) and _said(before[same]) == _said(now[same]):
        same += 1
    return same


def _said(message: Json) -> object:
    """A message without its breakpoints, which move on from step to step."""
    parts = [
        {name: each for name, each in part.items() if name != "cache_control"} for part in _parts(message)
    ]
    return message.get("role"), parts


def _parts(message: Json) -> list[Json]:
    return _objects(message.get("parts", message.get("content")))


def _lines(message: Json, language: Language) -> Iterator[str]:
    """A message: who says it, and its parts below."""
    yield f"  {plain(str(message.get('role', '')))}"
    for part in _parts(message):
        head, text = _part(part, language)
        for at, line in enumerate(text.split("\n")):
            yield f"    {head}{plain(line)}" if at == 0 else f"    {plain(line)}"
        if part.get("cache_control") is not None:
            yield f"    {said(_BREAKPOINT, language, _lifetime(part['cache_control']))}"
    if message.get("cache_control") is not None:
        yield f"    {said(_BREAKPOINT, language, _lifetime(message['cache_control']))}"
    if message.get("partial") is True:
        yield f"    {said(_PARTIAL, language)}"


def _lifetime(told: object) -> str:
    ttl = cast("Json", told).get("ttl") if isinstance(told, dict) else None
    return plain(ttl) if isinstance(ttl, str) else _MINUTES


def _part(part: Json, language: Language) -> tuple[str, str]:
    """What a part is, before its text; and its text."""
    match part.get("type"):
        case "text" | "reasoning" as kind:
            head = f"({said(_THINKING, language)}) " if kind == "reasoning" else ""
            return head, _text(part.get("content"))
        case "redacted_thinking":
            return f"({said(_HIDDEN, language)})", ""
        case "tool_call":
            name = plain(str(part.get("name", "")))
            return f"→ {said(_CALLS, language)} {name} ", _text(part.get("arguments"))
        case "tool_call_response":
            title = _FAILED if part.get("is_error") is True else _RESULT
            return f"← {said(title, language)} ", _result(part.get("response"))
        case "blob" | "uri" | "file":
            held = part.get("content") or part.get("uri") or part.get("file_id")
            return f"[{plain(str(part.get('modality', '')))}] ", _text(held)
        case _:
            return "", _text({name: each for name, each in part.items() if name != "cache_control"})


def _result(response: object) -> str:
    """A tool's result: its texts where it has parts, or what it is."""
    parts = _objects(response)
    return "\n".join(_text(each.get("content", each)) for each in parts) if parts else _text(response)


def _text(value: object) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json_text(value)
