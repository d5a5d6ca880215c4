"""Codes of eligibility."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

FACTS_OUTDATED = Code(
    "facts_outdated",
    409,
    Text(
        "已有更新日期的数据,较早的数据未被采用",
        "Facts of a later day are known; these were not applied",
    ),
)
FACTS_IN_FUTURE = Code(
    "facts_in_future",
    422,
    Text(
        "数据日期晚于今天(北京时间),请核对 as_of",
        "as_of is after today in Asia/Shanghai; check the date",
    ),
)
UNKNOWN_FACT = Code(
    "unknown_fact",
    422,
    Text(
        "没有任何规范版本声明过这些数据项,请核对名称,或先发布声明它们的规范",
        "No policy version declares these facts; check the names, or publish one that does first",
    ),
)
FACT_TYPE_WRONG = Code(
    "fact_type_wrong",
    422,
    Text(
        "数据项的值与声明的类型不符,请按 errors 中的类型重新发送",
        "Values do not have the types that the facts are declared with; see errors and send again",
    ),
)
NO_POLICY_IN_FORCE = Code(
    "no_policy_in_force",
    409,
    Text(
        "当前没有生效的规范版本,请在其生效后再发送数据",
        "No policy is in force yet; send the facts again once one is",
    ),
)
POLICY_INVALID = Code(
    "policy_invalid",
    422,
    Text(
        "规范内容有误,请按 errors 逐项修改后重新提交",
        "The policy is not valid; mend what errors lists and publish again",
    ),
)
POLICY_IN_PAST = Code(
    "policy_in_past",
    422,
    Text(
        "生效时间不能早于现在,请选择将来的时间",
        "A policy cannot take effect in the past; choose a time to come",
    ),
)
MASKS_UNREADABLE = Code(
    "masks_unreadable",
    503,
    Text(
        "暂时无法读取最近一次评估结果,请稍后再试",
        "The last evaluation cannot be read right now; try again later",
    ),
)
