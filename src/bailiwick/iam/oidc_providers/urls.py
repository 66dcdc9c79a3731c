"""Which URLs an OpenID Connect provider can have. Pure.

Source: IAM API Reference, CreateOpenIDConnectProvider; OpenID Connect Discovery 1.0, section 2. A token's issuer is
compared with the URL as it was given, so that nothing is repaired here.
"""

import re
from typing import Final

from bailiwick.iam.errors import InvalidInput

SCHEME: Final = "https://"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL: Final = re.compile(rf"https://({_LABEL}(?:\.{_LABEL})*(?:/[A-Za-z0-9._~!$&'()+,;=:@%/-]*)?)")


def without_scheme(url: str) -> str:
    """The URL as ARNs, condition keys and replies have it: host and path.

    Raises:
        InvalidInput: it is not https, or has a port, a query, a fragment or anything that no host or path has.
    """
    found = _URL.fullmatch(url)
    if found is None:
        raise InvalidInput(
            "Invalid Open ID Connect Provider URL. It must begin with https:// and hold a host name and, where there "
            "is one, a path, but no port number, query or fragment."
        )
    return found[1]
