"""Requests signed beforehand, as the bytes that go over the wire, so that signing costs nothing while they are sent.

Source: AWS General Reference, "Create a signed AWS API request".
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials: id, secret, and for temporary ones the session token."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Signer:
    """Makes HTTP/1.1 requests to one address, `HOST:PORT`, signed with one set of credentials."""

    def __init__(self, address: str, keys: Keys) -> None:
        self.address = address
        self.keys = keys
        self._signing_keys: dict[tuple[str, str], bytes] = {}

    def query(self, service: str, action: str, **parameters: str) -> bytes:
        """A request of the query protocol, for `iam` or `sts`."""
        body = urlencode({"Action": action, "Version": VERSIONS[service], **parameters})
        return self._request(service, body, {"content-type": "application/x-www-form-urlencoded; charset=utf-8"})

    def own(self, operation: str, **parameters: str) -> bytes:
        """A request to the service `bailiwick`, in JSON 1.1."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"Bailiwick_20261124.{operation}"}
        return self._request("bailiwick", json.dumps(parameters), headers)

    def _request(self, service: str, body: str, more: dict[str, str]) -> bytes:
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {**more, "host": self.address, "x-amz-date": now}
        if self.keys.session_token is not None:
            headers["x-amz-security-token"] = self.keys.session_token
        headers = dict(sorted(headers.items()))
        names = ";".join(headers)
        lines = [f"{name}:{value}" for name, value in headers.items()]
        canonical = "\n".join(["POST", "/", "", *lines, "", names, _hash(body)])
        scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, _hash(canonical)])
        signature = hmac.digest(self._signing_key(now[:8], service), to_sign.encode(), "sha256").hex()
        credential = f"Credential={self.keys.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
        head = [
            "POST / HTTP/1.1",
            *(f"{name}: {value}" for name, value in headers.items()),
            f"authorization: AWS4-HMAC-SHA256 {credential}",
            f"content-length: {len(body)}",
        ]
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode("ascii")

    def _signing_key(self, day: str, service: str) -> bytes:
        key = self._signing_keys.get((day, service))
        if key is None:
            key = b"AWS4" + self.keys.secret_access_key.encode()
            for part in (day, REGION, service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._signing_keys[day, service] = key
        return key


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
