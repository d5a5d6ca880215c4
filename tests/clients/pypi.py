"""The client `bytedance` of PyPI on a pipe, as `official.js` is for the official SDK.

A program of its own, which knows nothing of Guazai: `pypi.py KEY SECRET FOLDER ADDRESS CA`, with
the client's packages on the path. Tokens are kept in FOLDER.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import requests
from bytedance import ByteDance
from bytedance.base import ByteDanceError

DOMAINS = ("https://open.douyin.com", "https://developer.toutiao.com")


def client(key: str, secret: str, folder: str, address: str, ca: str) -> ByteDance:
    """A client of Guazai: the ecosystem's domains lead to `address`, whose authority is `ca`.

    It sends what it prepared itself, for which requests does not look at REQUESTS_CA_BUNDLE.
    """
    session = requests.Session()
    session.verify = ca
    return ByteDance(
        app_id=key,
        app_secret=secret,
        access_token_type="file",
        ac_path=f"{folder}/token",
        session=session,
        api_domains=dict.fromkeys(DOMAINS, address),
    )


def answer_to(app: ByteDance, line: dict[str, Any]) -> Any:
    """What the client makes of the answer. Raises ByteDanceError."""
    if line["call"] == "token":
        return app.client_token
    return app.call(line["call"], **line["with"])


def main(*told: str) -> None:
    """Answer calls until no more come."""
    app = client(*told)
    for line in sys.stdin:
        try:
            said = {"answer": answer_to(app, json.loads(line))}
        except ByteDanceError as error:
            said = {
                "error": {
                    "code": str(error.code or ""),
                    "message": str(error),
                    "log_id": error.log_id,
                }
            }
        print(json.dumps(said, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
