"""Erasure of a tenant's records when the tenant is closed.

Models are looked up by name: this module is imported before they exist.
"""

import uuid

from django.apps import apps

IN_ORDER = ("RawText", "ReplacedRecord", "ImportChunk", "ImportRun", "ImportLayout", "FeedbackRecord")


def erase_content(tenant_id: uuid.UUID) -> None:
    """Delete a tenant's records, raw text and imports, in the scope and transaction of closing it."""
    for name in IN_ORDER:
        apps.get_model("feedback", name)._default_manager.filter(tenant_id=tenant_id).delete()
