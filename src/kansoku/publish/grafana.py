"""The catalog's panels as Grafana dashboards, with the files that Grafana is provisioned by.

Dashboards are of the classic kind. What the exported metrics cannot tell, such as users and the text of
errors, is on a dashboard over Kansoku's tables in ClickHouse, and on one over Loki.
"""

import json
from collections.abc import Iterable, Sequence

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard, text

from kansoku.catalog import instruments as i
from kansoku.catalog.panels import GROUPS, PanelGroup
from kansoku.catalog.slos import CostBudget
from kansoku.catalog.text import LANGUAGES, Language, Text
from kansoku.errors import DefinitionError
from kansoku.publish import grafana_clickhouse, grafana_dollars, grafana_loki, grafana_prometheus
from kansoku.publish.grafana_shape import Kind, Sized, arranged, source, source_variable
from kansoku.query.promql import label

_TAG = "kansoku"

_SEE = Text(
    "The metrics do not tell this group. See the dashboard over ClickHouse or Loki, linked above.",
    "この項目はメトリクスには含まれません。上のリンクから ClickHouse または Loki の"
    "ダッシュボードを参照してください。",
)

_PROVIDER = """\
# Copy to Grafana's provisioning/dashboards, with the folder of dashboards at this path.
apiVersion: 1
providers:
  - name: kansoku
    folder: Kansoku
    type: file
    allowUiUpdates: false
    options:
      path: /var/lib/grafana/dashboards/kansoku
"""

_SOURCES = """\
# Copy to Grafana's provisioning/datasources as kansoku.yaml and set the addresses; leave out what you lack.
# Grafana must use the scrape interval that Prometheus has: rates are taken over at least four scrapes.
apiVersion: 1
datasources:
  - name: Prometheus
    type: prometheus
    access: proxy
    url: http://prometheus:9090
    jsonData:
      timeInterval: 30s
  - name: ClickHouse
    type: grafana-clickhouse-datasource
    jsonData:
      host: clickhouse
      port: 9000
      protocol: native
      username: grafana
      defaultDatabase: kansoku
    secureJsonData:
      password: $CLICKHOUSE_PASSWORD
  - name: Loki
    type: loki
    access: proxy
    url: http://loki:3100
"""


def files(languages: Iterable[Language] = LANGUAGES, budget: CostBudget | None = None) -> dict[str, str]:
    """The files by their path below the folder that is written to; `budget` is what a month may cost."""
    made = {
        f"dashboards/{one.uid}.json": _written(one)
        for language in languages
        for one in (_metrics(language, budget), _rows(language), _logs(language))
    }
    return made | {
        "provisioning/dashboards/kansoku.yaml": _PROVIDER,
        "provisioning/datasources/kansoku.yaml.example": _SOURCES,
    }


def unreadable() -> dict[str, str]:
    """The panels that the metrics cannot tell, or not all of, by their id, each with the reason."""
    asked = (panel for group in GROUPS for panel in group.panels)
    reasons = ((panel.id, grafana_prometheus.unreadable(panel)) for panel in asked)
    return {name: reason for name, reason in reasons if reason is not None}


def _metrics(language: Language, budget: CostBudget | None) -> dashboard.Dashboard:
    """The eight groups over Prometheus."""
    return _dashboard(
        "kansoku",
        Text("Kansoku: Claude in production", "観測: 本番環境の Claude"),
        language,
        kind="prometheus",
        variables=[_services()],
        groups=[(group.title, _told(group, language, budget) or [_note(language)]) for group in GROUPS],
    )


def _told(group: PanelGroup, language: Language, budget: CostBudget | None) -> list[Sized]:
    """The group's panels, as far as the metrics can tell them."""
    made: list[Sized] = []
    for panel in group.panels:
        try:
            made.append(grafana_prometheus.panel(panel, language))
        except DefinitionError:
            continue  # it is on the dashboard over ClickHouse
    return made + [grafana_dollars.panel(panel, language, budget) for panel in group.reckoned]


def _rows(language: Language) -> dashboard.Dashboard:
    """What the metrics cannot tell, over ClickHouse."""
    kept = unreadable()
    groups = [
        (group.title, [grafana_clickhouse.panel(one, language) for one in group.panels if one.id in kept])
        for group in GROUPS
    ]
    return _dashboard(
        "kansoku-rows",
        Text("Kansoku: users, errors, comments", "観測: ユーザー・エラー・コメント"),
        language,
        kind="clickhouse",
        variables=[],
        groups=[(title, panels) for title, panels in groups if panels],
    )


def _logs(language: Language) -> dashboard.Dashboard:
    """The log lines, over Loki."""
    stream = dashboard.VariableModel(
        dashboard.VariableType.TEXTBOX,
        name=grafana_loki.STREAM,
        label=_text(Text("Streams", "ストリーム"), language),
        query='service_name=~".+"',
    )
    return _dashboard(
        "kansoku-logs",
        Text("Kansoku: log lines", "観測: ログ"),
        language,
        kind="loki",
        variables=[stream],
        groups=[(Text("Log lines of calls", "呼び出しのログ"), grafana_loki.panels(language))],
    )


def _dashboard(
    name: str,
    title: Text,
    language: Language,
    *,
    kind: Kind,
    variables: Sequence[dashboard.VariableModel],
    groups: Iterable[tuple[Text, Sequence[Sized]]],
) -> dashboard.Dashboard:
    made = dashboard.Dashboard(
        uid=f"{name}-{language}",
        title=f"{_text(title, language)} ({language})",
        tags=[_TAG, language],
        refresh="1m",
        time=dashboard.DashboardDashboardTime(from_val="now-24h", to="now"),
        graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
        links=[_link(language)],
    )
    made.templating = dashboard.DashboardDashboardTemplating(
        list_val=[source_variable(kind, _text(Text("Data source", "データソース"), language)), *variables]
    )
    made.panels = arranged((_text(title, language), panels) for title, panels in groups)
    return made


def _services() -> dashboard.VariableModel:
    """Which services are looked at: those that Prometheus has calls of."""
    asked = f"label_values({i.API_CALLS.name}_total, {label('service')})"
    return dashboard.VariableModel(
        dashboard.VariableType.QUERY,
        name=grafana_prometheus.SERVICE,
        label=label("service"),
        query=asked,
        definition=asked,
        datasource=source("prometheus"),
        refresh=dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=dashboard.VariableSort.ALPHABETICAL_ASC,
        multi=True,
        include_all=True,
        all_value=".*",
        current=dashboard.VariableOption(selected=True, text="All", value="$__all"),
    )


def _link(language: Language) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(
        title="Kansoku",
        type_val=dashboard.DashboardLinkType.DASHBOARDS,
        tags=[_TAG, language],
        keep_time=True,
    )


def _note(language: Language) -> Sized:
    """What stands in a group of which no panel can be shown."""
    options = text.Options(mode=text.TextMode.MARKDOWN, content=_text(_SEE, language))
    return Sized(dashboard.Panel(type_val="text", options=options), 24, 3)


def _text(words: Text, language: Language) -> str:
    return words.as_dict()[language]


def _written(made: dashboard.Dashboard) -> str:
    return json.dumps(made, cls=JSONEncoder, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
