"""What is reckoned in dollars as panels of Grafana over Prometheus: the prompt cache, and a month."""

from string import ascii_uppercase
from typing import assert_never

from kansoku.catalog.panels import CacheFigure, CacheTable, Month, Reckoned
from kansoku.catalog.slos import CostBudget
from kansoku.catalog.text import Language, Text
from kansoku.publish.grafana_prometheus import ONLY, RANGE, target
from kansoku.publish.grafana_shape import Head, Shown, Sized, merged, number, rows
from kansoku.query import promql_dollars
from kansoku.query.promql import MODEL

_BY_MODEL = Text(
    "Here by model alone: no metric tells the feature.",
    "メトリクスに機能の区別がないため、ここではモデル別です。",
)
_TABLE = Text("Cache in dollars, by model", "キャッシュの収支(モデル別)")
_PACE = Text("A month at last week's pace", "直近 1 週間のペースでの 1 か月")
_PACE_WHY = Text(
    "What this calendar month costs in all if each day costs what one of the last seven did, as far as there "
    "are so many, whatever time is looked at. What it cost so far is on Kansoku's page.",
    "選択した期間にかかわらず、直近 7 日間 (データがある範囲) の 1 日平均が今月ずっと続いた場合の合計です。"
    "今月これまでの実績は Kansoku の画面にあります。",
)
_BUDGET = Text(
    "Red from the budget of kansoku.toml on: ${0}.", "kansoku.toml の予算 ${0} に達すると赤になります。"
)
_COLUMNS = {
    "saved": promql_dollars.saved,
    "paid": promql_dollars.paid,
    "lost": promql_dollars.lost,
    "net": promql_dollars.net,
}


def panel(asked: Reckoned, language: Language, budget: CostBudget | None = None) -> Sized:
    """The panel; `budget` is what a month may cost."""
    match asked:
        case CacheFigure(figure=figure):
            more = () if figure == "saved" else (_BY_MODEL,)
            text = f"sum({_COLUMNS[figure](RANGE)}) or vector(0)"
            return number(_head(asked.title, (asked.help, *more), text, language), "usd")
        case CacheTable():
            return _table(asked, language)
        case Month():
            return _month(budget, language)
        case _:
            assert_never(asked)


def _month(budget: CostBudget | None, language: Language) -> Sized:
    if budget is None:
        return number(_head(_PACE, (_PACE_WHY,), promql_dollars.month(ONLY), language), "usd")
    amount = (f"{budget.usd:,.2f}",)
    told = (_PACE_WHY, _BUDGET.format(amount, amount))
    return number(_head(_PACE, told, promql_dollars.month(ONLY), language), "usd", red_from=budget.usd)


def _table(asked: CacheTable, language: Language) -> Sized:
    """A row for each model, those first of which the cache saved most."""
    told = [column for column in asked.columns if column.field in _COLUMNS]
    by = next(column for column in asked.columns if column.field == "response_model")
    first = f"topk({asked.top}, {promql_dollars.saved(RANGE)})"
    texts = [first, *(f"({_COLUMNS[one.field](RANGE)})\nand on ({MODEL})\n{first}" for one in told[1:])]
    columns = [Shown(MODEL, _text(by.title, language))]
    columns += [
        Shown(f"Value #{ascii_uppercase[at]}", _text(one.title, language), one.unit)
        for at, one in enumerate(told)
    ]
    queries = [target(text, at, "", instant=True, table=True) for at, text in enumerate(texts)]
    words = _joined((asked.help, _BY_MODEL), language)
    head = Head(_text(_TABLE, language), words, "prometheus", queries)
    made = rows(head, columns, sort=columns[1].title)
    merged(made.panel, ["Time"])
    return made


def _head(title: Text, told: tuple[Text, ...], text: str, language: Language) -> Head:
    queries = [target(text, 0, "", instant=True)]
    return Head(_text(title, language), _joined(told, language), "prometheus", queries)


def _joined(told: tuple[Text, ...], language: Language) -> str:
    return (" " if language == "en" else "").join(_text(one, language) for one in told)


def _text(text: Text, language: Language) -> str:
    return text.as_dict()[language]
