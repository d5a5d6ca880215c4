"""What letters say: both languages, a link to where it is read, no more than the inbox shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from guazai.control.inbox import queries as inbox
from guazai.control.kernel.texts import Text

if TYPE_CHECKING:
    from guazai.control.inbox.models import InboxMessage

CODE_SUBJECT = Text("您的验证码：{code}", "Your code: {code}")
CODE_TEXT = Text(
    "有人要求将「{entity_name}」的站内信发送到此邮箱。验证码：{code}，15 分钟内有效。"
    "如非您本人操作，请忽略此邮件。",
    "Somebody asked to have the messages of “{entity_name}” mailed here. The code is {code},"
    " for 15 minutes. If it was not you, do nothing.",
)
MESSAGE_SUBJECT = Text("您有一条新的站内信", "You have a new message")


class Composed(NamedTuple):
    """A letter's subject and plain text."""

    subject: str
    text: str


def code(entity_name: str, code: str, public_url: str) -> Composed:
    """The letter that confirms an address."""
    subject = CODE_SUBJECT.fill(code=code)
    return _both(subject, CODE_TEXT.fill(entity_name=entity_name, code=code), public_url)


def message(found: InboxMessage, public_url: str) -> Composed:
    """The letter that brings a message of the inbox."""
    return _both(MESSAGE_SUBJECT, inbox.texts_of(found), f"{public_url}/inbox")


def _both(subject: Text, text: Text, link: str) -> Composed:
    return Composed(f"Guazai · {subject.zh} / {subject.en}", f"{text.zh}\n\n{text.en}\n\n{link}\n")
