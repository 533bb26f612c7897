"""The types of personal data that redaction knows, and the default for every type."""

from enum import StrEnum


class Entity(StrEnum):
    """One type of personal data; the value is the word inside placeholders."""

    PERSON = "PERSON"
    PHONE_NUMBER = "PHONE_NUMBER"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    ADDRESS = "ADDRESS"
    COORDINATES = "COORDINATES"
    IBAN_CODE = "IBAN_CODE"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    CREDIT_CARD = "CREDIT_CARD"
    CRYPTO = "CRYPTO"
    IP_ADDRESS = "IP_ADDRESS"
    MAC_ADDRESS = "MAC_ADDRESS"
    URL = "URL"
    SOCIAL_HANDLE = "SOCIAL_HANDLE"
    NATIONAL_ID = "NATIONAL_ID"
    ID_NUMBER = "ID_NUMBER"
    VEHICLE_PLATE = "VEHICLE_PLATE"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    AGE = "AGE"
    ORGANISATION = "ORGANISATION"
    LOCATION = "LOCATION"


ON_REQUEST = frozenset({Entity.DATE_OF_BIRTH, Entity.AGE, Entity.ORGANISATION, Entity.LOCATION})
ALWAYS = frozenset(Entity) - ON_REQUEST
GENERALISABLE = frozenset({Entity.DATE_OF_BIRTH, Entity.AGE, Entity.COORDINATES})
NAMED = frozenset({Entity.PERSON, Entity.ORGANISATION, Entity.LOCATION})
"""Recognised by the meaning of words; every other type is recognised by its form and is called structured."""
