"""Tokens with the prefixes that their issuers gave them to be found by, as each issuer documents them.

The table is data: what a token begins with, of what characters the rest is, and how many.
"""

import re
from typing import NamedTuple

from kansoku.catalog.rights import PREFIX
from kansoku.redact.detector import LEFT, RIGHT, PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.placeholder import is_placeholder


class Issued(NamedTuple):
    """A kind of token.

    Attributes:
        prefix: What it begins with; upper and lower case count.
        body: A pattern for the rest: linear, and never of two parts over the same characters.
        lead: A pattern for what belongs to it in front of the prefix, at most 16 characters.
    """

    prefix: str
    body: str
    lead: str = ""


_WORD = "[A-Za-z0-9_]"
_DASHED = r"[A-Za-z0-9_\-]"
_ALNUM = "[A-Za-z0-9]"
_HEX = "[0-9a-f]"

_ISSUED = (
    Issued(PREFIX, _DASHED + "{40,}+"),  # a key of Kansoku's own server
    # models
    Issued("sk-ant-", _DASHED + "{8,}+"),  # Anthropic
    Issued("sk-proj-", _DASHED + "{16,}+"),  # OpenAI
    Issued("sk-svcacct-", _DASHED + "{16,}+"),
    Issued("sk-admin-", _DASHED + "{16,}+"),
    Issued("sk-or-", _DASHED + "{16,}+"),  # OpenRouter
    Issued("sk-lf-", _DASHED + "{16,}+"),  # Langfuse
    Issued("sk-", _ALNUM + "{20,}+"),  # OpenAI's older keys, DeepSeek, LiteLLM
    Issued("hf_", _ALNUM + "{30,}+"),  # Hugging Face
    Issued("gsk_", _ALNUM + "{40,}+"),  # Groq
    Issued("xai-", _ALNUM + "{40,}+"),
    Issued("pplx-", _ALNUM + "{40,}+"),  # Perplexity
    Issued("r8_", _ALNUM + "{30,}+"),  # Replicate
    Issued("nvapi-", _DASHED + "{40,}+"),
    Issued("lsv2_", r"(?:pt|sk)_[0-9a-f_]{32,}+"),  # LangSmith
    Issued("pcsk_", _WORD + "{40,}+"),  # Pinecone
    Issued("tvly-", _DASHED + "{20,}+"),  # Tavily
    Issued("csk-", _ALNUM + "{40,}+"),  # Cerebras
    Issued("jina_", _ALNUM + "{50,}+"),
    Issued("fc-", _HEX + "{32}"),  # Firecrawl
    Issued("e2b_", _HEX + "{40}"),
    # clouds
    Issued("AKIA", "[A-Z0-9]{16}"),  # Amazon, long-term and temporary
    Issued("ASIA", "[A-Z0-9]{16}"),
    Issued("ABSK", r"[A-Za-z0-9+/]{40,}+=*+"),  # Amazon Bedrock
    Issued("bedrock-api-key-", r"[A-Za-z0-9+/]{40,}+=*+"),
    Issued("AIza", _DASHED + "{30,}+"),  # Google
    Issued("AQ.", _DASHED + "{40,}+"),
    Issued("ya29.", r"(?:[a-z]\.)?" + _DASHED + "{16,}+"),
    Issued("1//0", _DASHED + "{24,}+"),
    Issued("GOCSPX-", _DASHED + "{20,}+"),
    Issued("Q~", r"[A-Za-z0-9_.~\-]{31,64}+", r"[A-Za-z0-9_~.\-]{3}[0-9]"),  # Microsoft Entra
    Issued("LTAI", _ALNUM + "{16,}+"),  # Alibaba Cloud
    Issued("dop_v1_", _HEX + "{40,}+"),  # DigitalOcean
    Issued("doo_v1_", _HEX + "{40,}+"),
    Issued("dor_v1_", _HEX + "{40,}+"),
    Issued("HRKU-", _DASHED + "{30,}+"),  # Heroku
    Issued("fo1_", _DASHED + "{40,}+"),  # Fly.io
    Issued("fm2_", r"[A-Za-z0-9+/=_\-]{40,}+"),
    Issued("pscale_", r"(?:tkn|pw|oauth)_[A-Za-z0-9_\-.]{24,}+"),  # PlanetScale
    Issued("sbp_", _HEX + "{40,}+"),  # Supabase
    Issued("sb_secret_", _DASHED + "{20,}+"),
    # code and packages
    *(Issued(f"gh{kind}_", _ALNUM + "{36,}+") for kind in "pousr"),  # GitHub
    Issued("github_pat_", _WORD + "{30,}+"),
    *(
        Issued(f"gl{kind}-", r"[A-Za-z0-9_\-.]{20,}+")
        for kind in ("pat", "dt", "rt", "rtr", "ptt", "cbt", "soat", "oas", "agent", "ffct", "imt", "ft")
    ),
    Issued("npm_", _ALNUM + "{36,}+"),
    Issued("pypi-", "AgE" + _DASHED + "{30,}+"),
    Issued("rubygems_", _HEX + "{48}"),
    Issued("cio", "(?=[A-Za-z]{0,31}[0-9])" + _ALNUM + "{32}"),  # crates.io
    Issued("CCIPAT_", _ALNUM + "{20,}+_[0-9a-f]{40}"),  # CircleCI
    Issued("CCIPRJ_", _ALNUM + "{20,}+_[0-9a-f]{40}"),
    Issued("bkua_", _HEX + "{40}"),  # Buildkite
    *(Issued(f"sq{kind}_", _HEX + "{40}") for kind in "pua"),  # SonarQube
    Issued("vercel_blob_rw_", _WORD + "{30,}+"),
    Issued("dckr_", r"(?:pat|oat)_[A-Za-z0-9_\-]{20,}+"),  # Docker
    Issued("ATATT3", r"[A-Za-z0-9_\-=]{50,}+"),  # Atlassian
    Issued("PMAK-", r"[0-9a-f\-]{40,}+"),  # Postman
    Issued("lin_api_", _ALNUM + "{32,}+"),  # Linear
    Issued("lin_oauth_", _ALNUM + "{32,}+"),
    Issued("ntn_", _ALNUM + "{40,}+"),  # Notion
    Issued("secret_", _ALNUM + "{43}"),
    Issued("figd_", _DASHED + "{40,}+"),  # Figma
    Issued("nfp_", _ALNUM + "{32,}+"),  # Netlify
    Issued("pul-", _HEX + "{40}"),  # Pulumi
    Issued("ATCTT3", r"[A-Za-z0-9_\-=]{50,}+"),  # Atlassian's access tokens
    Issued("ATBB", _ALNUM + "{32}"),  # Bitbucket
    Issued("CFPAT-", _DASHED + "{40,}+"),  # Contentful
    Issued("pat-na1-", r"[0-9a-f]{8}-[0-9a-f\-]{27}"),  # HubSpot
    Issued("pat-eu1-", r"[0-9a-f]{8}-[0-9a-f\-]{27}"),
    # talk
    Issued("xox", r"[a-z](?:\.xox[a-z])?-[A-Za-z0-9\-]{10,}+"),  # Slack
    Issued("xapp-", r"[0-9]-[A-Za-z0-9\-]{10,}+"),
    Issued("https://hooks.slack.com/", r"(?:services|workflows|triggers)/[A-Za-z0-9_/\-]{20,}+"),
    Issued("https://discord.com/api/webhooks/", r"[0-9]{17,20}/[A-Za-z0-9_\-]{60,}+"),
    Issued("https://discordapp.com/api/webhooks/", r"[0-9]{17,20}/[A-Za-z0-9_\-]{60,}+"),
    Issued("https://outlook.office.com/webhook/", r"[0-9a-f@\-]{36,}+/IncomingWebhook/[0-9a-f/\-]{60,}+"),
    Issued("webhook.office.com/webhookb2/", r"[0-9a-f@\-]{36,}+/IncomingWebhook/[0-9A-Za-z/_\-]{60,}+"),
    Issued(":AA", _DASHED + "{33}", "[0-9]{8,10}"),  # Telegram
    Issued("EAA", r"(?=[A-Za-z_\-]{0,59}[0-9])" + _DASHED + "{60,}+"),  # Meta, Square
    # money and shops
    Issued("sk_live_", _ALNUM + "{16,}+"),  # Stripe
    Issued("sk_test_", _ALNUM + "{16,}+"),
    Issued("rk_live_", _ALNUM + "{16,}+"),
    Issued("rk_test_", _ALNUM + "{16,}+"),
    # others who name their keys as those do; `pk_live_` is the public one
    Issued("_live_", "(?=[A-Za-z]{0,23}[0-9])" + _ALNUM + "{24,}+", "(?<![A-Za-z0-9_])(?!pk)[a-z]{2,8}"),
    Issued("whsec_", r"[A-Za-z0-9+/=]{24,}+"),
    Issued("sq0csp-", _DASHED + "{40,}+"),  # Square
    Issued("sq0atp-", _DASHED + "{20,}+"),
    *(Issued(f"shp{kind}_", "[0-9A-Fa-f]{32}") for kind in ("at", "ca", "pa", "ss")),  # Shopify
    # mail
    Issued("SG.", r"[A-Za-z0-9_\-]{16,32}+\.[A-Za-z0-9_\-]{30,}+"),  # SendGrid
    Issued("key-", _HEX + "{32}(?:-[0-9a-f]{8}-[0-9a-f]{8})?"),  # Mailgun
    Issued("xkeysib-", r"[0-9a-f]{64}-[A-Za-z0-9]{16}"),  # Brevo
    # keeping watch and keeping secrets
    Issued("glsa_", _ALNUM + "{32}_[0-9A-Fa-f]{8}"),  # Grafana
    Issued("glc_", r"[A-Za-z0-9+/=]{32,}+"),
    Issued("sntrys_", r"[A-Za-z0-9+/=_]{40,}+"),  # Sentry
    Issued("sntryu_", _HEX + "{64}"),
    Issued("NRAK-", "[A-Z0-9]{27}"),  # New Relic
    Issued("phx_", _ALNUM + "{40,}+"),  # PostHog
    *(Issued(f"hv{kind}.", _DASHED + "{24,}+") for kind in "sbr"),  # HashiCorp Vault
    Issued("dapi", _HEX + "{32}(?:-[0-9])?"),  # Databricks
    *(Issued(f"dp.{kind}.", _ALNUM + "{40,}+") for kind in ("pt", "st", "ct", "sa")),  # Doppler
    Issued("tskey-", r"(?:auth|api|client)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}+"),  # Tailscale
    Issued("ops_eyJ", _DASHED + "{60,}+"),  # 1Password
    Issued("dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),  # Dynatrace
    Issued("sl.", r"(?:u\.)?(?=[A-Za-z_\-]{0,99}[0-9])[A-Za-z0-9_\-]{100,}+"),  # Dropbox
    Issued("aio_", "(?=[A-Za-z]{0,27}[0-9])" + _ALNUM + "{28}"),  # Adafruit
    Issued("AGE-SECRET-KEY-1", "[0-9A-Z]{50,}+"),
    # cookies that Express signs
    Issued("s%3A", r"[A-Za-z0-9_\-]{16,64}+\.[A-Za-z0-9%+/_\-]{24,}+"),
)


class _Kind(NamedTuple):
    """Tokens whose prefixes begin alike."""

    token: re.Pattern[str]
    lead: re.Pattern[str] | None


def _kinds() -> dict[str, _Kind]:
    """The table by the first two characters of the prefix, in small letters."""
    starts: dict[str, list[Issued]] = {}
    for one in _ISSUED:
        starts.setdefault(one.prefix[:2].lower(), []).append(one)
    return {start: _kind(ones) for start, ones in starts.items()}


def _kind(ones: list[Issued]) -> _Kind:
    """One pattern for tokens that begin alike."""
    tokens = "|".join(re.escape(one.prefix) + one.body for one in ones)
    lead = ones[0].lead
    left = "" if lead else LEFT
    return _Kind(
        re.compile(f"{left}(?:{tokens}){RIGHT}"), re.compile(rf"(?<![0-9]){lead}\Z") if lead else None
    )


_KINDS = _kinds()


def token_at(text: str, at: int) -> Finding | None:
    """The token whose prefix is there."""
    kind = _KINDS.get(text[at : at + 2].lower())
    token = kind.token.match(text, at) if kind else None
    if kind is None or token is None or is_placeholder(token.group()):
        return None
    if kind.lead is None:
        return Finding(token.start(), token.end(), "SECRET")
    lead = kind.lead.search(text, max(0, at - 16), at)
    return Finding(lead.start(), token.end(), "SECRET") if lead else None


def _words() -> tuple[str, ...]:
    """The prefixes in small letters, without those that begin as a shorter one."""
    words = {one.prefix.lower() for one in _ISSUED}
    return tuple(
        sorted(one for one in words if not any(other != one and one.startswith(other) for other in words))
    )


ISSUED = PlaceDetector("SECRET", token_at, words=_words())
