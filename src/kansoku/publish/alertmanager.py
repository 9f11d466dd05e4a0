"""A configuration for Alertmanager: who hears of which alert, which keep others quiet, what messages say."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kansoku.catalog.alerts import Alert, Severity, is_as_grave
from kansoku.catalog.inhibitions import INHIBITIONS, Inhibition, of_burns
from kansoku.catalog.text import LANGUAGES, Language, Text
from kansoku.publish.annotations import SUFFIXES
from kansoku.publish.recording import SERVICE
from kansoku.query import promql

CONFIG = "alertmanager.yml"
TEMPLATES = "kansoku.tmpl"

_HEAD = """\
# Written by `kansoku publish alertmanager` for the alerts of `kansoku publish prometheus`.
# A receiver without an entry tells nobody: uncomment one, and put its secret into the file that it names.
"""

_PLACES = """\
  - name: kansoku-page
    # pagerduty_configs:
    #   - routing_key_file: /etc/alertmanager/secrets/pagerduty_routing_key
    #     description: '{{ template "kansoku.title.LANGUAGE" . }}'
    #     severity: critical
    # slack_configs:
    #   - api_url_file: /etc/alertmanager/secrets/slack_url
    #     channel: '#incidents'
    #     send_resolved: true
    #     title: '{{ template "kansoku.title.LANGUAGE" . }}'
    #     text: '{{ template "kansoku.text.LANGUAGE" . }}'
  - name: kansoku-ticket
    # slack_configs:
    #   - api_url_file: /etc/alertmanager/secrets/slack_url
    #     channel: '#ai-quality'
    #     send_resolved: true
    #     title: '{{ template "kansoku.title.LANGUAGE" . }}'
    #     text: '{{ template "kansoku.text.LANGUAGE" . }}'
    # opsgenie_configs:
    #   - api_key_file: /etc/alertmanager/secrets/opsgenie_api_key
    #     message: '{{ template "kansoku.title.LANGUAGE" . }}'
    #     description: '{{ template "kansoku.text.LANGUAGE" . }}'
    # email_configs:
    #   - to: team@example.com
    #     from: alertmanager@example.com
    #     smarthost: smtp.example.com:587
    #     auth_username: alertmanager@example.com
    #     auth_password_file: /etc/alertmanager/secrets/smtp_password
    #     headers: {Subject: '{{ template "kansoku.title.LANGUAGE" . }}'}
    #     text: '{{ template "kansoku.text.LANGUAGE" . }}'
    #     html: ''
  - name: kansoku-info
    # webhook_configs:
    #   - url: http://127.0.0.1:5001/
    #     send_resolved: true
  - name: kansoku-watchdog
    # webhook_configs:
    #   - url: https://watchdog.example.com/a-path-that-is-no-secret
    #     send_resolved: false
"""
"""The receivers, each with the entries that it may have."""

_TEMPLATE = """\
{{ define "kansoku.title.LANGUAGE" -}}
[{{ if eq .Status "firing" }}FIRING{{ else }}RESOLVED{{ end }}]
{{- range $at, $one := .Alerts }}{{ if $at }},{{ end }} {{ .Annotations.summarySUFFIX }}
{{- if eq .Status "firing" }}{{ with .Annotations.valueSUFFIX }} ({{ . }}){{ end }}{{ end }}{{ end }}
{{- end }}
{{ define "kansoku.text.LANGUAGE" -}}
{{ range .Alerts -}}
{{ .Annotations.summarySUFFIX }} ({{ .Labels.alertname }}, {{ .Labels.severity }}
{{- range .Labels.Remove (stringSlice "alertname" "severity" "group" "slo") }}, {{ . }}{{ end }})
{{ .Annotations.descriptionSUFFIX }}
{{ with .Annotations.valueSUFFIX }}VALUE: {{ . }}
{{ end }}SINCE: {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}
ACTION: {{ .Annotations.actionSUFFIX }}
{{ end }}
{{- end }}
"""
"""Title and text of a message: what is wrong, where, how bad, since when, what to do."""

_WORDS = {
    "FIRING": Text("Firing", "発火中"),
    "RESOLVED": Text("Resolved", "解消"),
    "VALUE": Text("Value", "値"),
    "SINCE": Text("Since", "発生"),
    "ACTION": Text("What to do", "対応"),
    "SUFFIX": Text(SUFFIXES["en"], SUFFIXES["ja"]),
    "LANGUAGE": Text("en", "ja"),
}


def files(alerts: Sequence[Alert], language: Language) -> dict[str, str]:
    """The configuration and the templates that it names, by file name; the receivers speak that language."""
    return {
        CONFIG: "\n".join(_config(alerts, language)) + "\n",
        TEMPLATES: "\n".join(_template(one) for one in LANGUAGES),
    }


def _config(alerts: Sequence[Alert], language: Language) -> Iterator[str]:
    yield _HEAD.rstrip()
    yield f"templates: [{TEMPLATES}]"
    yield from _route(alerts)
    yield "inhibit_rules:"
    for one in _inhibitions(alerts):
        yield from _inhibition(one)
    yield "receivers:"
    yield _PLACES.replace("LANGUAGE", language).rstrip()


def _route(alerts: Iterable[Alert]) -> Iterator[str]:
    """By severity; alerts of one group are told together, whatever their severity's receiver is."""
    groups = ", ".join(dict.fromkeys(alert.group for alert in alerts))
    yield "route:"
    yield "  receiver: kansoku-ticket"
    yield f"  group_by: [{SERVICE}, group, severity]"
    yield "  group_wait: 30s"
    yield "  group_interval: 5m"
    yield "  repeat_interval: 4h"
    yield "  routes:"
    yield '    - matchers: [alertname="Watchdog"]'
    yield "      receiver: kansoku-watchdog"
    yield "      group_wait: 0s"
    yield "      group_interval: 1m"
    yield "      repeat_interval: 1m"
    yield f"    # A group may have a receiver of its own, named here: {groups}."
    yield '    # - matchers: [group="cost"]'
    yield "    #   receiver: kansoku-ticket"
    yield '    - matchers: [severity="page"]'
    yield "      receiver: kansoku-page"
    yield "      group_wait: 10s"
    yield "      group_interval: 1m"
    yield '    - matchers: [severity="ticket"]'
    yield "      receiver: kansoku-ticket"
    yield '    - matchers: [severity="info"]'
    yield "      receiver: kansoku-info"


def _inhibitions(alerts: Iterable[Alert]) -> Iterator[Inhibition]:
    """What speaks for what, without alerts that are less grave than what they would speak for."""
    severities: dict[str, Severity] = {one.name: one.severity for one in alerts}
    for rule in (*INHIBITIONS, *of_burns(severities)):
        spoken: dict[tuple[str, ...], list[str]] = {}
        for by in rule.by:
            of = tuple(name for name in rule.of if _may_speak(by, name, severities))
            spoken.setdefault(of, []).append(by)
        yield from (Inhibition(tuple(by), of, rule.equal) for of, by in spoken.items() if of)


def _may_speak(by: str, of: str, severities: Mapping[str, Severity]) -> bool:
    known = by in severities and of in severities
    return not known or is_as_grave(severities[by], severities[of])


def _inhibition(one: Inhibition) -> Iterator[str]:
    yield f"  - source_matchers: [{_named(one.by)}]"
    yield f"    target_matchers: [{_named(one.of)}]"
    yield f"    equal: [{', '.join((SERVICE, *map(promql.label, one.equal)))}]"


def _named(names: Sequence[str]) -> str:
    """The matcher of alerts of these names, as YAML and Alertmanager both read it."""
    sign, word = ("=", names[0]) if len(names) == 1 else ("=~", "|".join(names))
    return json.dumps(f'alertname{sign}"{word}"')


def _template(language: Language) -> str:
    text = _TEMPLATE
    for mark, word in _WORDS.items():
        text = text.replace(mark, word.as_dict()[language])
    return text
