"""Error codes of webhooks."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

WEBHOOK_URL_INVALID = Code(
    "webhook_url_invalid", 422, Text("推送地址不可用", "This webhook URL cannot be used")
)
WEBHOOK_EVENT_UNKNOWN = Code(
    "webhook_event_unknown", 422, Text("没有这种推送事件", "There is no such event")
)
WEBHOOK_NOT_SET = Code("webhook_not_set", 409, Text("尚未设置推送地址", "No webhook URL is set"))
