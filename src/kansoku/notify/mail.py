"""Mail: plain text and HTML, handed to a server by SMTP, encrypted unless that is switched off."""

import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from html import escape
from threading import Timer

from kansoku.notify.clipped import clipped
from kansoku.notify.item import Item
from kansoku.notify.message import Message, Paragraph, Style, message
from kansoku.notify.outcome import Outcome, masked
from kansoku.notify.post import STEP_S, WHOLE_S, excerpt, trusted
from kansoku.settings.channels import Mail

_SUBJECT = 200
_ENCODED, _PLAIN = "=?", "= ?"
"""What begins an encoded word (RFC 2047), which the library decodes even in a name, and its stand-in."""

_READY, _PERMANENT = 220, 500


def letter(channel: Mail, items: Sequence[Item], style: Style, now: float) -> EmailMessage:
    """The letter that tells of the items. Those of one alarm refer to one another, to stand together."""
    told = message(items, style)
    domain = channel.sender.rpartition("@")[2]
    mail = EmailMessage()
    mail["From"], mail["To"] = channel.sender, ", ".join(channel.everyone or channel.to)
    mail["Subject"] = clipped(told.headline, _SUBJECT).replace(_ENCODED, _PLAIN)
    mail["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    mail["Message-ID"] = make_msgid(domain=domain)
    mail["Auto-Submitted"] = "auto-generated"
    if len(items) == 1:
        mail["References"] = f"<{items[0].fingerprint}.{int(items[0].fired_at)}@{domain}>"
    mail.set_content(told.text())
    mail.add_alternative(_html(told, style), subtype="html")
    return mail


def send(channel: Mail, password: str | None, letter: EmailMessage, *, whole_s: float = WHOLE_S) -> Outcome:
    """Hands the letter over, and says how that ended. Never raises for what the other side does."""
    secrets = () if password is None else (password,)
    try:
        return _handed(channel, password, letter, whole_s)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {status for status, _ in error.recipients.values()}
        told = "; ".join(
            f"{status} {reply.decode('utf-8', 'replace')}" for status, reply in error.recipients.values()
        )
        kind = "refused" if min(codes) >= _PERMANENT else "later"
        return Outcome(kind, excerpt(masked(f"every recipient refused: {told}", secrets)), min(codes))
    except smtplib.SMTPResponseException as error:
        reply = error.smtp_error
        told = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        kind = "refused" if error.smtp_code >= _PERMANENT else "later"
        return Outcome(kind, excerpt(masked(f"SMTP {error.smtp_code} {told}", secrets)), error.smtp_code)
    except smtplib.SMTPNotSupportedError as error:
        return Outcome("refused", excerpt(masked(str(error), secrets)))
    except ssl.SSLCertVerificationError as error:
        return Outcome("later", excerpt(f"its certificate is not trusted: {error.verify_message}"))
    except OSError as error:  # smtplib's other errors are of this kind too
        return Outcome("later", excerpt(masked(f"{type(error).__name__}: {error}", secrets)))


def _handed(channel: Mail, password: str | None, letter: EmailMessage, whole_s: float) -> Outcome:
    server = _Server(channel)
    ending = Timer(whole_s, server.cut)
    ending.daemon = True
    ending.start()
    try:
        code, greeting = server.connect(channel.host, channel.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, greeting)
        if channel.encryption == "starttls":
            server.starttls(context=trusted())
        if password is not None:
            server.login(channel.user, password)
        refused = server.send_message(letter, to_addrs=list(channel.to))
    finally:
        _leave(server)
        ending.cancel()
    if refused:
        return Outcome("sent", f"taken for {len(channel.to) - len(refused)} of {len(channel.to)} recipients")
    return Outcome("sent", "taken by the mail server", 250)


class _Server(smtplib.SMTP):
    """A connection to the channel's server that can be cut at any moment, before its first word too.

    smtplib connects while it is made where it is given a host, and reads the other side's first words then,
    for as long as they come. So this one is made without, and is told the host's name for TLS by itself.
    """

    def __init__(self, channel: Mail) -> None:
        super().__init__(local_hostname=channel.sender.rpartition("@")[2], timeout=STEP_S)
        self._host = channel.host
        self._tls_first = channel.encryption == "ssl"
        self._live: socket.socket | None = None
        self._is_cut = False

    def cut(self) -> None:
        """Ends whatever is waited for; what is asked for later fails."""
        self._is_cut = True
        for live in (self._live, self.sock):
            if live is not None:
                with suppress(OSError):
                    live.shutdown(socket.SHUT_RDWR)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # type: ignore[override]
        """The connection, encrypted from its first byte if that is asked for."""
        found = self._live = socket.create_connection((host, port), timeout)
        try:
            if self._tls_first:
                wrapped = trusted().wrap_socket(found, server_hostname=host, do_handshake_on_connect=False)
                found = self._live = wrapped
                wrapped.do_handshake()
        except BaseException:
            found.close()
            raise
        if self._is_cut:
            found.close()
            raise TimeoutError("no answer in time")
        return found


def _leave(server: smtplib.SMTP) -> None:
    """Says goodbye. The letter is taken by then, whatever is answered."""
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _html(told: Message, style: Style) -> str:
    parts = [] if len(told.paragraphs) == 1 and not told.more else [f"<h2>{escape(told.headline)}</h2>"]
    parts += [_section(one) for one in told.paragraphs]
    parts += [f"<p>{escape(told.more)}</p>"] if told.more else []
    body = "\n".join(parts)
    head = f'<!doctype html>\n<html lang="{style.language}"><meta charset="utf-8">'
    return f"{head}<body>\n{body}\n</body></html>\n"


def _section(one: Paragraph) -> str:
    rows = "".join(
        f'<tr><th align="left" valign="top">{escape(heading)}</th><td>{escape(text)}</td></tr>'
        for heading, text in one.facts
    )
    links = " · ".join(f'<a href="{escape(link.url)}">{escape(link.title)}</a>' for link in one.links)
    return f"<h3>{escape(one.title)}</h3>\n<p>{escape(one.about)}</p>\n<table>{rows}</table>" + (
        f"\n<p>{links}</p>" if links else ""
    )
