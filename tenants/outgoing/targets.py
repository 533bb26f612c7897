"""Find the server for a request: its host, or the proxy that the environment names for it."""

from base64 import b64encode
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from tenants.outgoing.addresses import PORTS
from tenants.outgoing.errors import AddressRefused


@dataclass(frozen=True)
class Server:
    """A host and a port to connect to, and whether TLS begins at once."""

    host: str
    port: int
    is_secure: bool

    @classmethod
    def of(cls, url: SplitResult) -> "Server":
        return cls(url.hostname or "", url.port or PORTS[url.scheme], url.scheme == "https")


@dataclass(frozen=True)
class Target:
    """A parsed address. authority: for the Host header. request_target: for the request line.

    proxy: the server to connect to instead. proxy_authorization: a header line for it, or "".
    """

    server: Server
    authority: str
    request_target: str = field(repr=False)
    proxy: Server | None = None
    proxy_authorization: str = field(default="", repr=False)

    @property
    def is_tunnelled(self) -> bool:
        """Return whether the proxy only forwards bytes."""
        return self.proxy is not None and self.server.is_secure


@lru_cache(maxsize=256)
def target_of(address: str) -> Target:
    """Parse an address. Raises AddressRefused without the address, because it may contain a token."""
    url = urlsplit(address)
    if url.scheme not in PORTS or not url.hostname or not address.isascii() or "@" in url.netloc:
        raise AddressRefused("not an address of HTTP")
    server = Server.of(url)
    path = url._replace(scheme="", netloc="", path=url.path or "/", fragment="").geturl()
    proxy = proxy_for(url)
    if proxy is None:
        return Target(server, url.netloc, path)
    if proxy.scheme != "http":  # TLS within TLS, or SOCKS
        raise AddressRefused("the proxy in the environment is not one of http://")
    return Target(
        server,
        url.netloc,
        path if server.is_secure else url._replace(fragment="").geturl(),
        Server.of(proxy),
        _authorization(proxy),
    )


def proxy_for(url: SplitResult) -> SplitResult | None:
    """Return the proxy that the environment names for an address, None for a direct connection.

    HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in either case of letters.
    """
    proxies = getproxies_environment()
    if proxy_bypass(url.netloc):
        return None
    address = proxies.get(url.scheme) or proxies.get("all")
    if not address:
        return None
    return urlsplit(address if "://" in address else f"http://{address}")


def _authorization(proxy: SplitResult) -> str:
    if proxy.username is None:
        return ""
    credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return f"Proxy-Authorization: Basic {b64encode(credentials.encode()).decode()}\r\n"
