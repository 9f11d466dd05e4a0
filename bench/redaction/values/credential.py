"""Keys, tokens and passwords, with the prefixes of their issuers; made in pieces, none is real."""

import base64
import json
import random
import string
from collections.abc import Callable

BASE62 = string.ascii_letters + string.digits
URL_SAFE = BASE62 + "-_"
HEX = "0123456789abcdef"


def some(rng: random.Random, alphabet: str, count: int) -> str:
    """So many characters of the alphabet."""
    return "".join(rng.choices(alphabet, k=count))


def anthropic(rng: random.Random) -> str:
    """An Anthropic key."""
    return f"sk-ant-{rng.choice(('api03', 'admin01', 'oat01'))}-{some(rng, URL_SAFE, 93)}AA"


def openai(rng: random.Random) -> str:
    """An OpenAI project key."""
    return f"sk-proj-{some(rng, URL_SAFE, 74)}T3Blb{some(rng, URL_SAFE, 40)}"


def aws_id(rng: random.Random) -> str:
    """An AWS access key id."""
    return rng.choice(("AK", "AS")) + "IA" + some(rng, string.ascii_uppercase + "234567", 16)


def aws_secret(rng: random.Random) -> str:
    """An AWS secret access key: 40 characters of base64."""
    return some(rng, BASE62 + "+/", 39) + rng.choice(BASE62)


def google(rng: random.Random) -> str:
    """A Google API key."""
    return f"AIza{some(rng, URL_SAFE, 34)}{rng.choice(BASE62)}"


def github(rng: random.Random) -> str:
    """A GitHub token, classic or fine-grained."""
    classic = f"gh{rng.choice('pous')}_{some(rng, BASE62, 36)}"
    return rng.choice((classic, f"github_pat_{some(rng, BASE62, 22)}_{some(rng, BASE62, 59)}"))


def slack(rng: random.Random) -> str:
    """A Slack bot or user token."""
    numbers = f"{rng.randrange(10**11, 10**12)}-{rng.randrange(10**12, 10**13)}"
    return f"xox{rng.choice('bp')}-{numbers}-{some(rng, BASE62, 24)}"


def slack_hook(rng: random.Random) -> str:
    """The address of a Slack webhook, which is its secret."""
    upper = string.ascii_uppercase + string.digits
    path = f"T{some(rng, upper, 8)}/B{some(rng, upper, 10)}/{some(rng, BASE62, 24)}"
    return f"https://hooks.slack.com/services/{path}"


def vendor(rng: random.Random) -> str:
    """A key of one of several further issuers."""
    forms = (
        f"sk_{'live'}_{some(rng, BASE62, 24)}",
        f"glpat-{some(rng, URL_SAFE, 20)}",
        f"hf_{some(rng, string.ascii_letters, 34)}",
        f"npm_{some(rng, BASE62, 36)}",
        f"SG.{some(rng, URL_SAFE, 22)}.{some(rng, URL_SAFE, 43)}",
        f"GOCSPX-{some(rng, URL_SAFE, 28)}",
    )
    return rng.choice(forms)


def jwt(rng: random.Random) -> str:
    """A JSON web token (RFC 7519)."""
    claims = {"sub": str(rng.randrange(10**9)), "iat": rng.randrange(1_700_000_000, 1_800_000_000)}
    texts = [json.dumps(each, separators=(",", ":")) for each in ({"alg": "HS256", "typ": "JWT"}, claims)]
    parts = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in texts]
    return ".".join((*parts, some(rng, URL_SAFE, 43)))


def bearer(rng: random.Random) -> str:
    """An opaque token, as it stands after `Bearer`."""
    return some(rng, BASE62, rng.randrange(24, 48))


def basic(rng: random.Random) -> str:
    """User and password, as they stand after `Basic`."""
    return base64.b64encode(f"app:{some(rng, BASE62, 16)}".encode()).decode()


def password(rng: random.Random) -> str:
    """A password such as a generator makes: letters, digits and harmless signs."""
    return (
        rng.choice(string.ascii_letters)
        + some(rng, BASE62 + "!#^*_", rng.randrange(10, 18))
        + str(rng.randrange(10))
    )


def password_url(rng: random.Random) -> str:
    """A password that needs no escape in an address."""
    return some(rng, BASE62, rng.randrange(12, 20))


def high_entropy(rng: random.Random) -> str:
    """A secret without a prefix: hexadecimal or base 62."""
    return rng.choice((some(rng, HEX, 40), some(rng, BASE62, 32), some(rng, BASE62, 43)))


def pem(rng: random.Random) -> str:
    """A private key as a PEM block (RFC 7468)."""
    kind = rng.choice(("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"))
    lines = "\n".join(some(rng, BASE62 + "+/", 64) for _ in range(rng.randrange(3, 12)))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


def azure_key(rng: random.Random) -> str:
    """The key of an Azure storage account: 64 bytes in base64."""
    return base64.b64encode(rng.randbytes(64)).decode()


MAKERS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "anthropic": ("SECRET", anthropic),
    "openai": ("SECRET", openai),
    "aws_id": ("SECRET", aws_id),
    "aws_secret": ("SECRET", aws_secret),
    "google": ("SECRET", google),
    "github": ("SECRET", github),
    "slack": ("SECRET", slack),
    "slack_hook": ("SECRET", slack_hook),
    "vendor": ("SECRET", vendor),
    "jwt": ("SECRET", jwt),
    "bearer": ("SECRET", bearer),
    "basic": ("SECRET", basic),
    "password": ("SECRET", password),
    "password_url": ("SECRET", password_url),
    "high_entropy": ("SECRET", high_entropy),
    "pem": ("SECRET", pem),
    "azure_key": ("SECRET", azure_key),
}
