"""The words around a number that tell what it is, or that it is nobody's own."""

import re

from kansoku.redact.number import Number

NEITHER = re.compile(
    r"注文|受注|発注|伝票|送り状|追跡|問い?合わ?せ(?:番号|no)|受付(?:番号|no)|社員番号|職員番号|学籍番号|expediente|queued|msg|整理番号|管理番号|会員|顧客|お客様番号|請求書|商品|型番|製造|シリアル"
    r"|予約番号|証券|診察|契約番号|案件|チケット番号|法人番号|登録番号|isbn|issn|\bjan|ean|imei|iccid|bahncard|sku|upc|コード|金額|残高|価格"
    r"|order|tracking|invoice|ticket|transaction|txn|request|trace|span_|session|epoch|timestamp|"
    r"unix|version|build|serial|product"
    r"|shipment|parcel|bestell|rechnung|sendung|auftrag|kunden|commande|pedido|facture|factura|"
    r"reference|ref\b|\brma\b|loan|jpy|usd|chf|許可|建物|claim|confirmation|polic[ey]\b|vorgang|"
    r"dossier|ondernemings|siret|siren|aktenzeichen|\bnip\b|regon|kvk|p\.? ?iva|commit|knoten|"
    r"case|batch|offset|duration|<(?:phone|passport|iban|[a-z]{2,8}_[a-z]{2,7})>"
)
"""Words in front of numbers that are ids, sums or times; and a mark, whose own the words before it were."""


_CELL_EDGES = ",\t|;"
_TABLE = 1_500
"""How far above a cell the head of its column is looked for, in code points."""


def told(number: Number, words: re.Pattern[str], width: int = 48) -> bool:
    """Whether the words stand in front of the number, nearer than any other label."""
    before = number.before(width)
    if number.start and number.text[number.start - 1] in _CELL_EDGES and words.search(number.before(_TABLE)):
        return True
    mine = _last(words, before)
    return mine >= 0 and mine >= _last(NEITHER, before)


def other(number: Number) -> bool:
    """Whether a label close in front says that the number is something else."""
    return NEITHER.search(number.before(24)) is not None


def _last(words: re.Pattern[str], text: str) -> int:
    """Where the last match of the words ends; -1 if there is none."""
    end = -1
    for match in words.finditer(text):
        end = match.end()
    return end
