"""Codes of bindings."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

COOPERATION_NOT_SUPPORTED = Code(
    "cooperation_not_supported",
    422,
    Text(
        "暂不支持绑定合作号,请选择品牌号或员工号",
        "Cooperation accounts are not supported; choose brand or employee",
    ),
)
ACCOUNT_NOT_FOUND = Code(
    "account_not_found",
    422,
    Text("该抖音号不存在,请核对后重试", "There is no such Douyin account; check the id"),
)
ENTERPRISE_NEEDS_SUPPORT = Code(
    "enterprise_needs_support",
    422,
    Text(
        "该账号为企业号,请联系企业号后台客服登记后再次提交",
        "This is an enterprise account: contact enterprise-account support; once they have"
        " cleared it for this mini program, send the same request again",
    ),
)
ACCOUNT_NOT_TIED = Code(
    "account_not_tied",
    422,
    Text(
        "该抖音号与小程序主体没有绑定关系:品牌号须属于同一主体,员工号须有有效的任职关系",
        "The account is not tied to the mini program's legal entity: a brand account must belong"
        " to it, an employee's owner must be employed by it today",
    ),
)
ENDS_IN_PAST = Code(
    "binding_ends_in_past",
    422,
    Text(
        "绑定的截止日期已过,请填写今天或之后的日期",
        "The last day of the binding is over; give today or a later day",
    ),
)
QUOTA_REACHED = Code(
    "quota_reached",
    409,
    Text(
        "该类型的绑定数量已达上限(含待授权),请先解绑、撤回请求或联系平台提高配额",
        "The quota of this kind is used up, requests awaiting consent included: unbind one,"
        " cancel a request, or ask the platform for more",
    ),
)
QUOTA_BELOW_USE = Code(
    "quota_below_use",
    409,
    Text("新的上限低于当前已使用的数量", "The new limit is below what is in use"),
)
ALREADY_BOUND = Code(
    "already_bound",
    409,
    Text("该抖音号已与此小程序绑定", "The account is bound to this mini program already"),
)
BINDING_IN_PROGRESS = Code(
    "binding_in_progress",
    409,
    Text(
        "该抖音号已有待授权的绑定请求,请出示新的二维码或先撤回",
        "A request to this account awaits consent: show a new code, or cancel it first",
    ),
)
TOO_MANY_OPEN_REQUESTS = Code(
    "too_many_open_requests",
    409,
    Text(
        "该抖音号待处理的绑定请求过多,请稍后再试",
        "Too many requests await this account's consent; try again later",
    ),
)
COOLING_DOWN = Code(
    "cooling_down",
    409,
    Text(
        "号主近期拒绝过绑定",
        "The account's owner refused lately",
    ),
)
BLOCKED_BY_OWNER = Code(
    "blocked_by_owner",
    409,
    Text(
        "号主已屏蔽此小程序的绑定请求,只有号主可以解除",
        "The account's owner blocked this mini program; only the owner can lift that",
    ),
)
REQUEST_EXPIRED = Code(
    "binding_request_expired",
    409,
    Text(
        "绑定请求已过期,请开发者重新发起",
        "The request has expired; the developer has to send a new one",
    ),
)
CONSENT_CODE_INVALID = Code(
    "consent_code_invalid",
    404,
    Text(
        "授权码无效,请向开发者索取新的二维码",
        "The code is not valid; ask the developer for a new one",
    ),
)
CONSENT_CODE_EXPIRED = Code(
    "consent_code_expired",
    410,
    Text(
        "授权码已过期,请向开发者索取新的二维码",
        "The code has expired; ask the developer for a new one",
    ),
)
CONSENT_NUMBER_WRONG = Code(
    "consent_number_wrong",
    409,
    Text(
        "数字与开发者屏幕上显示的不一致,此授权码已作废,请向开发者索取新的二维码",
        "That is not the number on the developer's screen. This code is void now;"
        " ask the developer for a new one",
    ),
)
BINDING_NOT_ACTIVE = Code(
    "binding_not_active",
    409,
    Text(
        "该抖音号与此小程序没有生效的绑定,请先完成绑定",
        "The account has no active binding with this mini program; bind it first",
    ),
)
UNBIND_LIMIT_REACHED = Code(
    "unbind_limit_reached",
    409,
    Text(
        "本月解绑次数已用完",
        "This month's unbinds are used up",
    ),
)
ALREADY_CLEARED = Code(
    "already_cleared",
    409,
    Text("该企业号已为此小程序登记", "This account is cleared for this mini program already"),
)
ALREADY_BLOCKED = Code(
    "already_blocked",
    409,
    Text("已屏蔽此小程序", "This mini program is blocked already"),
)
