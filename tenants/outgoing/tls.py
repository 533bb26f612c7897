"""Load the certificates that verify other servers."""

import os
import ssl
from functools import cache

import certifi


@cache
def tls_context() -> ssl.SSLContext:
    """Return the context of all connections: SSL_CERT_FILE or SSL_CERT_DIR where set, else Mozilla's list."""
    is_named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context(cafile=None if is_named else certifi.where())
