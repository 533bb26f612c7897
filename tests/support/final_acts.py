"""Acts that a page asks about once."""

import re
from typing import Any

from django.test import Client

UNDERSTOOD = re.compile(r'name="understood" value="([0-9a-f]{64})"')


def said_yes(client: Client, address: str, posted: dict[str, Any], **request: Any) -> Any:
    """Post, and post again with a yes to what the page understood."""
    asked = client.post(address, posted, **request)
    assert asked.status_code == 200, asked
    found = UNDERSTOOD.search(asked.content.decode())
    assert found, "the page does not ask"
    return client.post(address, posted | {"understood": found[1]}, **request)
