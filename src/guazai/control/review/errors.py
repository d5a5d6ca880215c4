"""Codes of the desk."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

ALREADY_CLAIMED = Code(
    "already_claimed",
    409,
    Text(
        "该条目已被其他审核员领取,请等其到期,或说明原因后接管",
        "Another reviewer has this item; wait until the claim ends, or take it over with a reason",
    ),
)
CLAIMED_UNTIL = Text(
    "该条目已被其他审核员领取至 {until}(北京时间),请等其到期,或说明原因后接管",
    "Another reviewer has this item until {until} (Beijing time); wait, or take it over with a"
    " reason",
)
CLAIM_REQUIRED = Code(
    "claim_required",
    409,
    Text(
        "您未领取该条目或领取已到期,请先领取",
        "You do not hold this item, or your claim has ended; claim it first",
    ),
)
REASON_REQUIRED = Code(
    "reason_required",
    422,
    Text("请至少给出一条原因", "Give at least one reason"),
)
REASON_INVALID = Code(
    "reason_invalid",
    422,
    Text(
        "驳回原因不符合要求,请从原因模板中选择,或填写「其他」并说明",
        "A reason does not fit; choose from the templates, or use “other” with a text",
    ),
)
CONTENT_HASH_REQUIRED = Code(
    "content_hash_required",
    422,
    Text(
        "请带上所审核内容的 content_hash",
        "Send the content_hash of what you reviewed",
    ),
)
