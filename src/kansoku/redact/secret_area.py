"""Secrets that a name tells from further off: the head of their column, columns of SQL, the key above."""

import re

from kansoku.redact.detector import Area, AreaDetector
from kansoku.redact.keys import entity_of_key
from kansoku.redact.name import end_at, identifier_at
from kansoku.redact.secret_block import json_block_at, kubernetes_at, yaml_block_at
from kansoku.redact.secret_insert import insert_at
from kansoku.redact.secret_table import table_at

_BEHIND = re.compile(
    r"""["'`\])*）]{0,4}[ \u3000]{0,64}(?:(?P<cell>[,;|\t\n\r)]|\\n|\Z)"""
    r"""|:[ \t]*(?:(?P<line>\r?\n)|(?P<json>[{\[])))"""
)
"""What follows a name that tells of more than one value: the next cell, the next line, or a bracket."""

_KIND = re.compile(r"Secret[ \t]*\r?\n")
_OF_KIND = "kind: "


def area_at(text: str, at: int) -> Area | None:
    """The secrets that are told by the name around the place."""
    if text.startswith(_OF_KIND, at - len(_OF_KIND)) and _KIND.match(text, at):
        begin = at - len(_OF_KIND)
        return kubernetes_at(text, at) if begin == 0 or text[begin - 1] == "\n" else None
    if text[at] in ",\t|":
        at += 2 if text[at] == "|" else 1
    end = end_at(text, at)
    behind = _BEHIND.match(text, end)
    if behind is None:
        return None
    if behind["cell"] is not None:
        area = insert_at(text, at) if behind["cell"] in ",)" else None
        return area or table_at(text, at)
    name = identifier_at(text, at, end)
    if entity_of_key(name.text) != "SECRET" and name.text.lower() != "tokens":
        return None
    if behind["json"]:
        return json_block_at(text, name.text, behind.start("json"))
    return yaml_block_at(text, name.text, name.start, behind.end())


_NAMES = (
    *(
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "passwort",
        "kennwort",
        "secret",
        "otp",
        "cvv",
        "cvc",
    ),
    *("api_key", "apikey", "api-key", "api key", "access_key", "private_key", "credential"),
    *(
        "パスワード",
        "暗証番号",
        "パスフレーズ",
        "シークレット",
        "トークン",
        "APIキー",
        "認証コード",
        "合言葉",
    ),
)
_FREQUENT = (
    *(f"token{edge}" for edge in ('"', ":", " ", ",", "\t", "\n")),
    "tokens:\n",
    "pw",
    *(f"{edge}pin" for edge in (",", "\t", "| ")),
)
"""What stands beside frequent words where they are the head of a column, or a key above others."""

SECRET_AREA = AreaDetector("SECRET", area_at, words=(*_NAMES, *_FREQUENT))
