"""All detectors, in order of precedence."""

from kansoku.redact.address import ADDRESS
from kansoku.redact.asked_secret import ASKED_SECRET
from kansoku.redact.assignment import ASSIGNMENTS
from kansoku.redact.bank_account import BANK_ACCOUNTS
from kansoku.redact.base64_block import BASE64_FILE, BASE64_RUN, DATA_URL
from kansoku.redact.card import CARD
from kansoku.redact.card_code import CARD_CODE
from kansoku.redact.code_list import CODE_LIST
from kansoku.redact.command_line import COMMAND_LINE
from kansoku.redact.declared_secret import DECLARED_SECRETS
from kansoku.redact.detector import Detector
from kansoku.redact.dictated import DICTATED
from kansoku.redact.driver_license import DRIVER_LICENSE, DRIVER_LICENSE_STRICT
from kansoku.redact.email import EMAIL
from kansoku.redact.http_credential import HTTP_CREDENTIAL
from kansoku.redact.iban import IBAN
from kansoku.redact.ip_address import IP_ADDRESS
from kansoku.redact.issued_token import ISSUED
from kansoku.redact.jwt import JWT
from kansoku.redact.license_abroad import LICENSE_ABROAD
from kansoku.redact.my_number import MY_NUMBER, MY_NUMBER_STRICT
from kansoku.redact.named_behind import NAMED_BEHIND
from kansoku.redact.national_id import NATIONAL_ID
from kansoku.redact.national_id_jp import INSURED, NATIONAL_ID_JP
from kansoku.redact.national_id_letters import NATIONAL_ID_LETTERS, NATIONAL_ID_NAMED
from kansoku.redact.paper_table import PAPER_TABLES
from kansoku.redact.passport import PASSPORT_STRICT, PASSPORTS
from kansoku.redact.phone import PHONE
from kansoku.redact.phone_jp import PHONE_JP
from kansoku.redact.postal_code import POSTAL_CODE_STRICT, POSTAL_CODES
from kansoku.redact.private_key import PRIVATE_KEY
from kansoku.redact.residence_card import RESIDENCE_CARDS
from kansoku.redact.secret_answer import SECRET_ANSWER
from kansoku.redact.secret_area import SECRET_AREA
from kansoku.redact.secret_change import SECRET_CHANGE, SECRET_ROTATED
from kansoku.redact.secret_pronoun import SECRET_PRONOUN
from kansoku.redact.seed_phrase import SEED_PHRASE
from kansoku.redact.sent_code import SENT_CODE
from kansoku.redact.shared_login import SHARED_LOGIN
from kansoku.redact.spoken_code import SPOKEN_CODE
from kansoku.redact.ssn import US_SSN
from kansoku.redact.totp_seed import TOTP_SEED
from kansoku.redact.typed_secret import TYPED_SECRET
from kansoku.redact.unmarked_token import UNMARKED
from kansoku.redact.url_credential import URL_CREDENTIAL
from kansoku.redact.watchword import WATCHWORDS

SECRETS: tuple[Detector, ...] = (
    SECRET_CHANGE,
    SECRET_ROTATED,
    *ASSIGNMENTS,
    SECRET_AREA,
    PRIVATE_KEY,
    ISSUED,
    *UNMARKED,
    JWT,
    URL_CREDENTIAL,
    HTTP_CREDENTIAL,
    COMMAND_LINE,
    SHARED_LOGIN,
    SEED_PHRASE,
    TOTP_SEED,
    SECRET_ANSWER,
    SECRET_PRONOUN,
    TYPED_SECRET,
    *DECLARED_SECRETS,
    ASKED_SECRET,
    WATCHWORDS,
    CODE_LIST,
    SPOKEN_CODE,
    SENT_CODE,
    CARD_CODE,
    DATA_URL,
    BASE64_RUN,
    BASE64_FILE,
)
"""In front of all others: a key tells all of a value, whatever else is in it."""

_PERSONAL: tuple[Detector, ...] = (
    EMAIL,
    IBAN,
    *PAPER_TABLES,
    *RESIDENCE_CARDS,
    *PASSPORTS,
    CARD,
    DRIVER_LICENSE,
    LICENSE_ABROAD,
    MY_NUMBER,
    US_SSN,
    NATIONAL_ID_LETTERS,
    NATIONAL_ID_NAMED,
    NATIONAL_ID,
    INSURED,
    NATIONAL_ID_JP,
    *BANK_ACCOUNTS,
    *POSTAL_CODES,
    *NAMED_BEHIND,
    DICTATED,
    PHONE_JP,
    PHONE,
)

BALANCED: tuple[Detector, ...] = (*SECRETS, *_PERSONAL)
"""Where two findings overlap, the earlier detector's stands."""

STRICT: tuple[Detector, ...] = (
    *BALANCED,
    MY_NUMBER_STRICT,
    DRIVER_LICENSE_STRICT,
    PASSPORT_STRICT,
    POSTAL_CODE_STRICT,
    ADDRESS,
    IP_ADDRESS,
)
"""What strict mode looks for: more entities, and numbers without the word that would tell them."""

ENTITIES = tuple(dict.fromkeys(detector.entity for detector in STRICT))
"""Every entity that is known."""
