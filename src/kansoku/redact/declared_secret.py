"""Secrets where some programs have them: variables of Terraform, users of PgBouncer, logins of Oracle."""

import re

from kansoku.redact.detector import Area, AreaDetector, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.keys import entity_of_key, kind_of_secret
from kansoku.redact.placeholder import is_placeholder
from kansoku.redact.secret_value import looks_secret

_VARIABLE = re.compile(
    r"variable[ \t]{1,4}\"([\w-]{1,80})\"[ \t]{0,4}\{(?P<said>[^{}]{0,600}?)"
    r"(?<![A-Za-z0-9_])default[ \t]{0,12}=[ \t]{0,4}\"(?P<value>[^\"\n]{1,512})\"",
)
_SENSITIVE = re.compile(r"sensitive[ \t]{0,12}=[ \t]{0,4}true")
_AFTER = 200


def variable_at(text: str, at: int) -> Finding | None:
    """The default of the variable of Terraform that begins here, if its name or its mark tells a secret."""
    match = _VARIABLE.match(text, at)
    if match is None or is_placeholder(match["value"]):
        return None
    end = text.find("}", match.end(), match.end() + _AFTER)
    is_marked = _SENSITIVE.search(match["said"]) or (end > 0 and _SENSITIVE.search(text, match.end(), end))
    is_named = entity_of_key(match[1]) == "SECRET"
    kind = kind_of_secret(match[1]) if is_named else "chosen"
    is_one = looks_secret(match["value"], kind, "quoted") or (
        bool(is_marked) and looks_secret(match["value"], "chosen", "quoted")
    )
    return Finding(*match.span("value"), "SECRET") if is_one and (is_named or is_marked) else None


_LOGIN = re.compile(
    r"(?:(?:sqlplus|expdp|impdp|sqlldr|rman[ ]target)[ \t]{1,2}(?:-[A-Za-z][ \t]{1,2}){0,3}(?:userid=)?"
    r"|jdbc:oracle:(?:thin|oci8?):)"
    r"[\"']?[A-Za-z][\w$#]{0,40}/(?P<quote>\"?)(?P<value>[^\s@/\"'$&<>{}]{3,64})(?P=quote)(?:@|[\"'\s]|\Z)",
    re.IGNORECASE,
)


_EXAMPLE = re.compile(r"(?:your|my|the|user|db)?[_-]?(?:pass(?:word|wd)?|pwd?)[0-9]?|tiger", re.IGNORECASE)


def oracle_at(text: str, at: int) -> Finding | None:
    """The password behind the user in the command, or the address, of Oracle that begins here."""
    match = _LOGIN.match(text, at)
    is_one = match is not None and not (is_placeholder(match["value"]) or _EXAMPLE.fullmatch(match["value"]))
    return Finding(*match.span("value"), "SECRET") if match is not None and is_one else None


_USER = re.compile(r"[ \t>|+-]{0,4}\"[^\"\n]{1,64}\"[ \t]{1,8}\"([^\"\n]{4,256})\"[^\n]{0,80}")
_IN_LINE = re.compile(r"[^\n\"]{0,60}\"[^\"\n]{1,64}\"[ \t]{1,8}\"([^\"\n]{4,256})\"")
_FEW = 4
"""So many lines may tell no password; looking at more from each name of the file could take seconds."""

_MOST = 512


def users_at(text: str, at: int) -> Area | None:
    """The passwords, or their hashes, of the users of PgBouncer in the lines below the file's name."""
    end = text.find("\n", at, at + _AFTER)
    line = _IN_LINE.match(text, at)
    found = [Finding(*line.span(1), "SECRET")] if line and not is_placeholder(line[1]) else []
    missed = 0
    for _ in range(_MOST):
        if end < 0 or missed > _FEW:
            break
        user = _USER.match(text, end + 1)
        if user and not is_placeholder(user[1]):
            found.append(Finding(*user.span(1), "SECRET"))
            missed = 0
        else:  # masked ones too: each line may name the file again
            missed += 1
            if found and not user:
                break
        end = text.find("\n", end + 1, end + 1 + 400)
    return Area(tuple(found), found[-1].end) if found else None


_STICKER = re.compile(
    r"ssid[^\n]{0,80}\n(?:[^\n]{0,80}\n)?[ \t\u3000]{0,4}"
    r"(?:(?:network |wifi |wi-fi |wpa |wpa2 |暗号化?|セキュリティ)?key|キー|暗号(?:化)?キー|psk|pw|pass)"
    r"(?:[ \t\u3000]{1,4}|[ \t]?[:：=][ \t\u3000]{0,4})([!-~]{8,63})(?=[ \t]*(?:\r?\n|\Z))",
    re.IGNORECASE,
)


def network_at(text: str, at: int) -> Finding | None:
    """The key below the name of a network that stands here, as stickers of routers have both."""
    match = _STICKER.match(text, at)
    is_one = match is not None and looks_secret(match[1], "chosen", "quoted")
    return Finding(*match.span(1), "SECRET") if match is not None and is_one else None


DECLARED_SECRETS = (
    PlaceDetector("SECRET", network_at, words=("ssid",)),
    PlaceDetector("SECRET", variable_at, words=('variable "',)),
    PlaceDetector(
        "SECRET",
        oracle_at,
        words=("sqlplus ", "expdp ", "impdp ", "sqlldr ", "rman target", "jdbc:oracle:"),
    ),
    AreaDetector("SECRET", users_at, words=("userlist",)),
)
