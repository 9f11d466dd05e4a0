"""What stands where a secret would, and is none: masks, templates and words such as `your-api-key-here`."""

import re

_SCHEME = re.compile(r"(?:bearer|basic|token) {1,4}(?=\S)", re.IGNORECASE)
_LONGEST = 160
"""A longer text is no placeholder."""

_MASK = re.compile(
    r"[*•●█∗＊.…xX](?:(?<=[*•●█∗＊])[*•●█∗＊]{2}|(?<=\.)\.{2}|(?<=…)|(?<=x)x{3}|(?<=X)X{3}|(?<=\A[xX])[xX]{2}\Z)"
)
"""Three signs in a row that hide, or four letters; Python's patterns skip fast to what they begin with."""

_TEMPLATE = re.compile(
    r"<[^<>\"]*+>|\[[A-Za-zÀ-ɏ_ -]*+\]|\(?(?i:redacted|masked|hidden|removed|filtered)\)?"
    r"|\$?\{\{[^{}]*+\}\}|[$#%@]?\{[^{}:]*+\}|\$\([^()]*+\)|\$\{\{?[^{}:]*+\}?\}"
    r"|\$[A-Za-z_][A-Za-z0-9_]*+(?:[.:][A-Za-z_][A-Za-z0-9_.]*+)?|%[A-Za-z_]++%|%\([A-Za-z_]++\)s|(?:%[sdr][:/]?)+"
    r"|ENC\[[^\[\]]*+\]"
)
_WORDS = re.compile(
    r"(?:your|insert|replace|enter|put|paste|fill)[_\- ].*"
    r"|change[_\- ]?(?:me|this|it)[_\- ].*"
    r"|.*[_\- ](?:here|placeholder)(?:[_\- ]please)?"
    r"|.*example(?:key)?"
    r"|placeholder|none|null|nil|undefined|n/a|todo"
    r"|(?:[\^~]|>=?)[ ]?[0-9]{1,4}\.[0-9x*.]{1,12}(?:-(?:alpha|beta|rc)[0-9.]{0,6})?",
    re.IGNORECASE | re.DOTALL,
)

_LABEL_JA = re.compile(
    r"(?:新しい|新|現在の|今の|古い|旧|仮の?|確認用|初期|ログイン|ワンタイム|アクセス|API ?)*"
    r"(?:パスワード|パスコード|パスフレーズ|暗証番号|シークレット|トークン|キー|秘密鍵|認証コード|確認コード)"
    r"(?:[（(](?:確認用?|再入力|必須|任意|半角英数字?)[)）]|の?(?:確認|再入力|再設定|変更|再発行))?"
    r"(?:を(?:入力|設定|変更|確認|再設定|表示|お?忘れ)[ぁ-んァ-ヶー一-龯、。？?！!]{0,20})?"
)
"""What a form calls it, as the texts of pages have it: `"password": "パスワード"`."""

_OPEN_TEMPLATES = (
    "<",
    "[",
    "(",
    "{",
    "$",
    "#",
    "%",
    "@",
    "enc[",
    "redacted",
    "masked",
    "hidden",
    "removed",
    "filtered",
)
_BEGIN = (
    *("your", "insert", "replace", "enter", "put", "paste", "fill", "change", "placeholder"),
    *("none", "null", "nil", "undefined", "n/a", "todo", "^", "~", ">"),
)
_END = ("here", "please", "placeholder", "example", "examplekey")
"""What templates and words begin or end with: quick looks spare slow ones."""


def is_placeholder(text: str) -> bool:
    """Whether the text only stands for a secret, or is masked already."""
    said = text.strip()
    if len(said) > _LONGEST:
        return False
    if " " in said:
        said = _SCHEME.sub("", said, 1)
    if not (said.isalnum() or any(map(str.isalnum, said))) or _MASK.search(said) is not None:
        return True
    if not said.isascii() and _LABEL_JA.fullmatch(said) is not None:
        return True
    small = said.lower()
    if small.startswith(_OPEN_TEMPLATES) and _TEMPLATE.fullmatch(said) is not None:
        return True
    return (small.startswith(_BEGIN) or small.endswith(_END)) and _WORDS.fullmatch(said) is not None


def is_untold(value: object) -> bool:
    """Whether a value under a secret key tells nothing: absent, a yes or no, empty, a placeholder."""
    if isinstance(value, str):
        return is_placeholder(value)
    return (
        value is None
        or value is True
        or value is False
        or (isinstance(value, int | float) and value in (0, 1))
    )
