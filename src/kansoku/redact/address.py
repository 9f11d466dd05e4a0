"""Japanese postal addresses from the prefecture to the number of the block; found in strict mode alone."""

import re

from kansoku.redact.detector import PlaceDetector, found
from kansoku.redact.finding import Finding

_PREFECTURES = (
    "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 "
    "栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 "
    "石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 "
    "滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 "
    "岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 "
    "佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県 "
)
_ADDRESS = re.compile(
    r".{2,3}[都道府県][^\s0-9、。,]{1,20}?[市区町村郡][^\s0-9、。,]{0,20}[ 　]?[0-9一二三四五六七八九十]{1,4}"
    r"(?:(?:丁目|番地|番|号|[\-‐−－ーの])[0-9一二三四五六七八九十]{0,4}){0,4}"
)


def address_at(text: str, at: int) -> Finding | None:
    """The address that begins with the prefecture here."""
    return found(_ADDRESS.match(text, at), "ADDRESS")


ADDRESS = PlaceDetector("ADDRESS", address_at, words=tuple(_PREFECTURES.split()))
