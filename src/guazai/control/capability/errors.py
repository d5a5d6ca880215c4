"""Codes of the capability."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

CONDITIONS_UNMET = Code(
    "conditions_unmet",
    422,
    Text(
        "小程序暂不满足申请条件,请按未满足项改善后再申请",
        "The mini program does not meet the conditions; mend the unmet ones, then apply",
    ),
)
ALREADY_IN_REVIEW = Code(
    "already_in_review",
    409,
    Text(
        "已有申请在审,请等待审核结果,或先撤销再重新申请",
        "An application is in review; wait for its result, or withdraw it and apply again",
    ),
)
APPLICATION_LIMIT_REACHED = Code(
    "application_limit_reached",
    409,
    Text(
        "今天的申请次数已用完",
        "Today's applications are used up",
    ),
)
ALREADY_GRANTED = Code(
    "already_granted",
    409,
    Text("能力已开通,无需再次申请", "The capability is granted; there is nothing to apply for"),
)
CAPABILITY_REVOKED = Code(
    "capability_revoked",
    409,
    Text(
        "能力已被平台收回,不能重新申请,如有异议请申诉",
        "The platform revoked the capability; it cannot be applied for again, but you can appeal",
    ),
)
CAPABILITY_NOT_GRANTED = Code(
    "capability_not_granted",
    409,
    Text(
        "小程序尚未开通该能力,请先申请开通",
        "The mini program does not have this capability; apply for it first",
    ),
)
OWN_ENTITY = Code(
    "own_entity",
    403,
    Text(
        "不能处理本人所属主体的小程序,请交由其他同事",
        "You belong to this mini program's legal entity; somebody else has to decide",
    ),
)
DIMENSIONS_INCOMPLETE = Code(
    "dimensions_incomplete",
    422,
    Text("请完成四个维度的评估", "Mark all four dimensions"),
)
DIMENSION_POOR = Code(
    "dimension_poor",
    422,
    Text(
        "存在评估为「差」的维度,不能通过,请驳回并说明原因",
        "A dimension is marked as poor; reject the application and say why",
    ),
)
