"""Our own service's model, as boto3 loads it."""

from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest

import bailiwick
from bailiwick.http import HttpRequest
from bailiwick.wire import Router, load_service

MODELS = Path(bailiwick.__file__).parent / "models"
ISSUED = datetime(2026, 11, 24, 20, 0, 0, 250_000, tzinfo=UTC)
SESSION = {
    "SessionId": "s-1",
    "AccessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "PrincipalArn": "arn:aws:sts::123456789012:assumed-role/demo/ana",
    "PrincipalId": "AROA",
    "Operation": "AssumeRole",
    "IssuedAt": ISSUED,
    "ExpiresAt": ISSUED,
}


class Answering(BaseHTTPRequestHandler):
    """Two pages of sessions, through the wire alone."""

    def do_POST(self) -> None:
        headers = tuple((name.lower().encode(), value.encode()) for name, value in self.headers.items())
        body = self.rfile.read(int(self.headers["content-length"]))
        router = Router([load_service("bailiwick")])
        incoming = router.identify(HttpRequest("POST", b"/", b"", headers, body), "bailiwick")
        is_last = incoming.parameters().get("Marker") == "next"
        output = {"Sessions": [SESSION], "IsTruncated": not is_last, "Marker": None if is_last else "next"}
        response = incoming.render(output, "id")
        self.send_response(response.status)
        for name, value in (*response.headers, (b"content-length", str(len(response.body)).encode())):
            self.send_header(name.decode(), value.decode())
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""


def test_boto3_lists_sessions_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(MODELS))
    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        client = boto3.Session("AKIAIOSFODNN7EXAMPLE", "secret", region_name="us-east-1").client(
            "bailiwick", endpoint_url=f"http://127.0.0.1:{server.server_port}"
        )
        sessions = [s for page in client.get_paginator("list_sessions").paginate() for s in page["Sessions"]]
        client.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

    assert sessions == [SESSION, SESSION]
