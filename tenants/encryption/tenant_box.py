"""Encrypt stored texts with a key of their tenant: envelope encryption.

A tenant has one data key, stored wrapped by the master key (RFC 3394). Texts are encrypted with AES-256-GCM. Their
additional data are the tenant, the data key and a context, such as the table and the id of the row, so that a text that
was copied into another row cannot be decrypted there. A destroyed data key makes every text of the tenant unreadable,
those in backups included.

The stored form: one byte of version, the id of the data key (16 bytes), a nonce (12 bytes), the encrypted text.
"""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from django.db import transaction

from tenants.encryption.master_key import KEY_BYTES, derived_master_key, master_key, previous_master_key
from tenants.errors import KeyDestroyed, WrongKey
from tenants.models import DataKey
from tenants.scoping import all_tenants, tenant_scope

VERSION = b"\x01"
NONCE_BYTES = 12
HEADER_BYTES = len(VERSION) + 16


@dataclass(frozen=True)
class TenantBox:
    """Encrypts and decrypts with the data key of one tenant, for many texts in a row without further queries."""

    tenant_id: uuid.UUID
    key_id: uuid.UUID
    _cipher: AESGCM = field(repr=False)

    def encrypt(self, data: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, data, self._additional_data(context))
        return VERSION + self.key_id.bytes + nonce + encrypted

    def decrypt(self, encrypted: bytes, context: str) -> bytes:
        """Raises KeyDestroyed when another data key is needed, WrongKey for a changed text or another context."""
        if encrypted[:1] != VERSION:
            raise WrongKey
        if encrypted[1:HEADER_BYTES] != self.key_id.bytes:
            raise KeyDestroyed
        nonce, rest = encrypted[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], encrypted[HEADER_BYTES + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, self._additional_data(context))
        except (InvalidTag, ValueError) as error:  # ValueError: cut off
            raise WrongKey from error

    def _additional_data(self, context: str) -> bytes:
        return self.tenant_id.bytes + self.key_id.bytes + context.encode()


# Nothing is cached between calls: a text that is encrypted with a key that another process destroyed would be lost.
def open_box(tenant_id: uuid.UUID) -> TenantBox:
    """Return the box of a tenant for reading and writing. The first call for a tenant makes its data key."""
    with tenant_scope(tenant_id):
        key = DataKey.objects.first()
        if key is None:
            wrapped_key = aes_key_wrap(master_key(), AESGCM.generate_key(bit_length=8 * KEY_BYTES))
            key, _ = DataKey.objects.get_or_create(tenant_id=tenant_id, defaults={"wrapped_key": wrapped_key})
    return _box_of(key)


def encrypt(tenant_id: uuid.UUID, data: bytes, context: str) -> bytes:
    """Encrypt one text of a tenant. context: where it is stored, such as `feedback_feedbackrecord:<id>`."""
    return open_box(tenant_id).encrypt(data, context)


def decrypt(tenant_id: uuid.UUID, encrypted: bytes, context: str) -> bytes:
    """Decrypt one text of a tenant. Raises KeyDestroyed, and WrongKey."""
    with tenant_scope(tenant_id):
        key = DataKey.objects.first()
    if key is None:
        raise KeyDestroyed
    return _box_of(key).decrypt(encrypted, context)


def destroy_key(tenant_id: uuid.UUID) -> None:
    """Delete the data key of a tenant. Its encrypted texts cannot be read any more; a new text gets a new key."""
    with tenant_scope(tenant_id):
        DataKey.objects.all().delete()


def rewrap_keys() -> int:
    """Wrap the data keys of all tenants by the current master key; return the number of those that were changed.

    The texts stay as they are. Raises WrongKey if a data key was wrapped by a master key that is not known.
    """
    changed = 0
    current = master_key()
    with all_tenants(), transaction.atomic():
        for key in DataKey.objects.select_for_update().order_by("id"):
            if _unwrapped(key, [current]) is None:
                data_key = _unwrapped(key, [*_earlier_keys(), derived_master_key()])
                if data_key is None:
                    raise WrongKey
                DataKey.objects.filter(id=key.id).update(wrapped_key=aes_key_wrap(current, data_key))
                changed += 1
    return changed


def _box_of(key: DataKey) -> TenantBox:
    data_key = _unwrapped(key, [master_key(), *_earlier_keys()])
    if data_key is None:
        raise WrongKey
    return TenantBox(key.tenant_id, key.id, AESGCM(data_key))


def _earlier_keys() -> list[bytes]:
    previous = previous_master_key()
    return [previous] if previous else []


def _unwrapped(key: DataKey, master_keys: Sequence[bytes]) -> bytes | None:
    """Unwrap a data key with the first master key that fits, None if none does."""
    for wrapping in master_keys:
        try:
            return aes_key_unwrap(wrapping, bytes(key.wrapped_key))
        except InvalidUnwrap:
            continue
    return None
