"""A mail server, and a platform that uses it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from guazai.control.config import Smtp
from tests.mail.server import Mailbox, mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guazai.control.mail.mailer import Mailer


@pytest.fixture
def server() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


@pytest.fixture
def mailer(settings: Any, server: Mailbox) -> Mailer:
    """The mailer of a platform that has that server."""
    from guazai.control.mail.mailer import Mailer  # noqa: PLC0415 - it needs Django set up

    smtp = Smtp("127.0.0.1", server.port, "guazai", "p:w", has_tls=False, has_starttls=False)
    settings.CONFIG = replace(
        settings.CONFIG, smtp=smtp, mail_from="挂载 <guazai@example.com>", gaps=(10.0, 30.0)
    )
    return Mailer(settings.CONFIG, smtp)
