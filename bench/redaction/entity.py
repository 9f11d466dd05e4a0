"""The names of what is looked for, as labels spell them."""

DEFAULT = (
    "EMAIL",
    "PHONE",
    "CREDIT_CARD",
    "MY_NUMBER",
    "DRIVER_LICENSE",
    "PASSPORT",
    "BANK_ACCOUNT",
    "POSTAL_CODE",
    "US_SSN",
    "IBAN",
    "NATIONAL_ID",
    "SECRET",
)
STRICT = (*DEFAULT, "IP_ADDRESS", "ADDRESS")
"""With those that are off unless asked for."""
