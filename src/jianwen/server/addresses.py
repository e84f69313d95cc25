"""Host names: which of them mean this box, and how they are written in an address."""

from __future__ import annotations

import re
from ipaddress import ip_address

__all__ = ["host_of", "is_loopback", "url_of"]

# What a browser may send as `Host`: a name or IPv4, or a bracketed IPv6, then a port. No user, no path.
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to


def host_of(header: str) -> str:
    """The host in a `Host` header without its port, "" when it is malformed."""
    match = _HOST.fullmatch(header)
    return match["host"].strip("[]").lower() if match else ""


def is_loopback(host: str) -> bool:
    """Whether a name or address can only be this box. Names other than localhost are not looked up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def url_of(host: str, port: int) -> str:
    """Where a browser on this box finds a server that listens on `host`."""
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
