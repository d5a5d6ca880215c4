"""Codes of evaluation."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

RUN_OUTDATED = Code(
    "run_outdated",
    409,
    Text(
        "已应用更新日期的数据,较早日期的数据未被采用",
        "The feed of a later day is applied; this one was not",
    ),
)
RUN_BUSY = Code(
    "run_busy",
    409,
    Text("正在进行另一次评估,请稍后再试", "Another run is being worked on; try again later"),
)
FEED_MISSING = Code(
    "feed_missing",
    404,
    Text("没有该日期的数据目录", "There is no feed of this day"),
)
DECISION_ALREADY_PROPOSED = Code(
    "decision_already_proposed",
    409,
    Text("已有待确认的提议", "A proposal for this run waits for confirmation already"),
)
PROPOSAL_EXPIRED = Code(
    "proposal_expired",
    409,
    Text(
        "该提议已超过 30 分钟,请重新提议",
        "The proposal is older than 30 minutes; propose again",
    ),
)
POLICIES_CHANGED = Code(
    "policies_changed",
    409,
    Text(
        "评估之后已有新的规范生效,该评估将被重新进行",
        "A policy has taken effect since this run was evaluated; the feed is evaluated again",
    ),
)
DRY_RUN_REQUIRED = Code(
    "dry_run_required",
    409,
    Text(
        "请先对当前内容完成一次试运行,再安排生效时间",
        "Finish a dry run of exactly this content before scheduling it",
    ),
)
DRY_RUN_OPEN = Code(
    "dry_run_open",
    409,
    Text("该草案已有进行中的试运行", "A dry run of this draft waits or runs already"),
)
DRAFT_CHANGED = Code(
    "draft_changed",
    409,
    Text(
        "草案已被他人修改,请重新读取后再试",
        "Somebody else changed the draft meanwhile; read it again and retry",
    ),
)
