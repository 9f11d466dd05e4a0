"""Internet addresses, of version 4 and 6 (RFC 791, RFC 4291), but for loopback and unspecified ones."""

import re
from ipaddress import ip_address

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_FORM = re.compile(r"(?<![A-Za-z0-9.:])[0-9A-Fa-f:]{2,39}(?![A-Za-z0-9]|\.[0-9]|:[0-9A-Fa-f])")
_START = re.compile(r"[0-9A-Fa-f:.]{0,39}\Z")
_FORM_4 = re.compile(r"(?<![A-Za-z0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![A-Za-z0-9]|\.[0-9])")
_START_4 = re.compile(r"[0-9.]{0,15}\Z")
"""Of version 4, with or without a port behind it."""

_VERSION = re.compile(
    r"(?:(?<![a-z])(?:version(?:en|s)?|ver\.?|release|build|firmware|section|abschnitt|kapitel|chapter|clause)"
    r"|バージョン|ファームウェア|§)(?P<between>[^\n。]{0,64}?)(?<![0-9.])\Z",
    re.IGNORECASE,
)
_OF_NET = re.compile(
    r"(?<![a-z])(?:ips?|ipv[46]|hosts?|servers?|addr|address|client|node|gateway|subnet|dns|ping|ssh|proxy|peer|at|on)"
    r"(?![a-z])|サーバ|アドレス|ホスト|接続|adresse",
    re.IGNORECASE,
)
"""What tells that a number further behind a word of versions is an address nevertheless."""

_PROGRAM = re.compile(
    r"(?:(?<![a-z])(?:apps?|application|kernel|openssl|openssh|nginx|apache|python|java|chrome|firefox|safari|edge|android"
    r"|ios|macos|linux|driver|library|package|plug-?in|chart|patch|update|app version|sdk|api"
    r"|(?:agenda )?item|table|figure|fig\.?|step|requirement|art(?:icle|ikel)?\.?|nr\.?|abs\.?)"
    r"|アプリ|カーネル|ドライバー?|パッケージ|プラグイン|ライブラリ|議題|項番|項目|手順|図|表|第)"
    r"[ \u3000]?[:：_/-]?[ ]?v?(?:[0-9.]{3,15}[ ]?(?:→|⇒|->|=>|to|から)[ ]?v?)?\Z",
    re.IGNORECASE,
)
"""What has a number of so many parts right behind it, or the one behind that which it was changed to."""

_PINNED = re.compile(r"[=<>~!]=[ ]?\Z")
_PACKED = re.compile(r"\.(?:tar|tgz|zip|whl|deb|rpm|exe|msi|dmg|jar|nupkg)(?![a-z])")


def ip_at(text: str, at: int) -> Finding | None:
    """The address around a point or colon between digits."""
    form, began = (_FORM_4, _START_4) if text[at + 1] == "." else (_FORM, _START)
    start = began.search(text, max(0, at - 39), at + 1)
    match = form.match(text, start.start()) if start else None
    if match is None or not match.start() <= at < match.end():
        return None
    if "." in match.group() and _is_version(text, match.start(), match.end()):
        return None
    try:
        address = ip_address(match.group())
    except ValueError:
        return None
    plain = address.is_loopback or address.is_unspecified
    return None if plain else Finding(match.start(), match.end(), "IP_ADDRESS")


def _is_version(text: str, start: int, end: int) -> bool:
    """Whether four numbers in a row are those of a program or of a part of a document."""
    if _PACKED.match(text, end) or _PINNED.search(text, max(0, start - 3), start):
        return True
    if _PROGRAM.search(text, max(0, start - 48), start):
        return True
    told = _VERSION.search(text, max(0, start - 80), start)
    return told is not None and _OF_NET.search(told["between"]) is None


IP_ADDRESS = PlaceDetector(
    "IP_ADDRESS", ip_at, words=("::",), shapes=("[0-9][.][0-9]", "[0-9A-Fa-f][:][0-9A-Fa-f]")
)
