"""Know the addresses that a webhook may be sent to: this machine's own, and no other."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback_url(url: str) -> bool:
    """Answer whether it is a plain HTTP URL of a loopback address in digits.

    Names are refused, localhost too: who answers for a name is decided elsewhere. The queue's
    query has the same rule in SQL; this is the last gate before a socket is opened.
    """
    try:
        parts = urlsplit(url)
        has_credentials = "@" in parts.netloc
        is_loopback = ip_address(parts.hostname or "").is_loopback
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    return parts.scheme == "http" and not has_credentials and is_loopback
