"""The ecosystem's error codes, and which of them each of our own codes is told as."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from guazai.control.binding import errors as binding
from guazai.control.capability import errors as capability
from guazai.control.directory import errors as directory
from guazai.control.kernel import errors as kernel
from guazai.control.kernel.errors import Code, Problem
from guazai.control.landing import errors as landing
from guazai.control.openapi import errors as own


class ErrNo(IntEnum):
    """`err_no` in an answer; the older `error_code` of tokens draws from the same numbers."""

    SYSTEM = -1
    SUCCESS = 0
    TOKEN_PARAMETER = 10002
    TOKEN_KEY_UNKNOWN = 10003
    TOKEN_KEY_WRONG = 10013
    TOKEN_TOO_OFTEN = 10020
    APP_NOT_PARSED = 11001
    OLD_PARAMETER = 11009
    OLD_TOKEN_INVALID = 11016
    ADDRESS_NOT_LISTED = 40006
    PERMISSION_MISSING = 40036
    TOKEN_INVALID = 28001003
    INTERNAL = 28001005
    BAD_PARAMETER = 28001007
    TOKEN_EXPIRED = 28001008
    NO_CAPABILITY = 28001014
    APP_CLOSED = 28001016
    CAPABILITY_MISSING = 28001018
    CAPABILITY_BANNED = 28001019
    RATE_LIMITED = 28003017
    ALREADY_APPLIED = 28005032
    APPLICATION_LIMIT = 28005033
    CONDITIONS_UNMET = 28005034
    CAPABILITY_TO_BIND_MISSING = 28005035
    BINDING_QUOTA = 28005036
    ACCOUNT_UNKNOWN = 28005037
    ALREADY_BOUND = 28005038
    BINDING_IN_PROGRESS = 28005039
    UNBIND_LIMIT = 28005040
    CLIENT_ADDRESS_NOT_LISTED = 28005079


#: What is said where nothing closer is known; each says what to do.
TEXTS: Mapping[ErrNo, str] = {
    ErrNo.SYSTEM: "系统错误,请凭 log_id 联系平台",
    ErrNo.SUCCESS: "success",
    ErrNo.TOKEN_PARAMETER: "参数错误,请检查请求参数",
    ErrNo.TOKEN_KEY_UNKNOWN: "client_key 不存在,请检查是否填写了小程序的 app_id",
    ErrNo.TOKEN_KEY_WRONG: "client_key 或 client_secret 错误,请在控制台核对密钥",
    ErrNo.TOKEN_TOO_OFTEN: "获取凭证过于频繁(5 分钟内最多 500 次),请缓存凭证后重试",
    ErrNo.APP_NOT_PARSED: "无法从凭证解析出小程序,请使用小程序自己的凭证",
    ErrNo.OLD_PARAMETER: "参数不合法,请检查请求参数",
    ErrNo.OLD_TOKEN_INVALID: "access-token 无效或已过期,请重新获取",
    ErrNo.ADDRESS_NOT_LISTED: "请求来源 IP 不在白名单内,请在控制台添加",
    ErrNo.PERMISSION_MISSING: "小程序未将该权限集授权给服务商,请联系小程序开发者授权",
    ErrNo.TOKEN_INVALID: "access-token 无效,请重新获取",
    ErrNo.INTERNAL: "服务内部错误,请凭 log_id 联系平台",
    ErrNo.BAD_PARAMETER: "参数不合法,请检查请求参数",
    ErrNo.TOKEN_EXPIRED: "access-token 已过期,请重新获取",
    ErrNo.NO_CAPABILITY: "应用未获得任何能力,请在控制台为凭证开启权限",
    ErrNo.APP_CLOSED: "小程序已下线或被封禁,请联系平台",
    ErrNo.CAPABILITY_MISSING: "应用未获得该能力,请先申请能力或在控制台为凭证开启权限",
    ErrNo.CAPABILITY_BANNED: "该能力已被平台收回,请查看站内信中的原因",
    ErrNo.RATE_LIMITED: "调用过于频繁,请降低频率后重试",
    ErrNo.ALREADY_APPLIED: "已申请过该能力,请勿重复申请",
    ErrNo.APPLICATION_LIMIT: "申请次数已达上限,请稍后再试",
    ErrNo.CONDITIONS_UNMET: "不满足申请条件,请查看未满足的条件",
    ErrNo.CAPABILITY_TO_BIND_MISSING: "未获得该能力,不能绑定抖音号,请先申请能力",
    ErrNo.BINDING_QUOTA: "绑定数量已达上限,请解绑后再试",
    ErrNo.ACCOUNT_UNKNOWN: "抖音号不存在,请检查 aweme_id",
    ErrNo.ALREADY_BOUND: "该抖音号已绑定",
    ErrNo.BINDING_IN_PROGRESS: "该抖音号正在绑定中,请等待号主授权",
    ErrNo.UNBIND_LIMIT: "本月解绑次数已达上限,请下月再试",
    ErrNo.CLIENT_ADDRESS_NOT_LISTED: "请求来源 IP 不在白名单内,请在控制台添加",
}

#: Our codes as the ecosystem's. A call may tell one otherwise, by its own `refusals`.
TABLE: Mapping[Code, ErrNo] = {
    kernel.NOT_FOUND: ErrNo.BAD_PARAMETER,
    kernel.FORBIDDEN: ErrNo.CAPABILITY_MISSING,
    kernel.VALIDATION_FAILED: ErrNo.BAD_PARAMETER,
    kernel.WRONG_STATE: ErrNo.BAD_PARAMETER,
    kernel.RATE_LIMITED: ErrNo.RATE_LIMITED,
    directory.UNKNOWN_REFERENCE: ErrNo.BAD_PARAMETER,
    capability.CONDITIONS_UNMET: ErrNo.CONDITIONS_UNMET,
    capability.ALREADY_IN_REVIEW: ErrNo.ALREADY_APPLIED,
    capability.APPLICATION_LIMIT_REACHED: ErrNo.APPLICATION_LIMIT,
    capability.ALREADY_GRANTED: ErrNo.ALREADY_APPLIED,
    capability.CAPABILITY_REVOKED: ErrNo.CAPABILITY_BANNED,
    capability.CAPABILITY_NOT_GRANTED: ErrNo.CAPABILITY_TO_BIND_MISSING,
    binding.COOPERATION_NOT_SUPPORTED: ErrNo.BAD_PARAMETER,
    binding.ACCOUNT_NOT_FOUND: ErrNo.ACCOUNT_UNKNOWN,
    binding.ENTERPRISE_NEEDS_SUPPORT: ErrNo.CONDITIONS_UNMET,
    binding.ACCOUNT_NOT_TIED: ErrNo.CONDITIONS_UNMET,
    binding.QUOTA_REACHED: ErrNo.BINDING_QUOTA,
    binding.ALREADY_BOUND: ErrNo.ALREADY_BOUND,
    binding.BINDING_IN_PROGRESS: ErrNo.BINDING_IN_PROGRESS,
    binding.TOO_MANY_OPEN_REQUESTS: ErrNo.CONDITIONS_UNMET,
    binding.ENDS_IN_PAST: ErrNo.BAD_PARAMETER,
    binding.REQUEST_EXPIRED: ErrNo.CONDITIONS_UNMET,
    binding.COOLING_DOWN: ErrNo.CONDITIONS_UNMET,
    binding.BLOCKED_BY_OWNER: ErrNo.CONDITIONS_UNMET,
    binding.BINDING_NOT_ACTIVE: ErrNo.CONDITIONS_UNMET,
    binding.UNBIND_LIMIT_REACHED: ErrNo.UNBIND_LIMIT,
    landing.LANDING_PATH_INVALID: ErrNo.BAD_PARAMETER,
    landing.LANDING_SOURCE_AMBIGUOUS: ErrNo.BAD_PARAMETER,
    landing.LANDING_TEXT_INVALID: ErrNo.BAD_PARAMETER,
    landing.SLOT_OCCUPIED: ErrNo.CONDITIONS_UNMET,
    landing.NOTHING_TO_REMOVE: ErrNo.CONDITIONS_UNMET,
    landing.PAGE_NOT_PUBLISHED: ErrNo.BAD_PARAMETER,
    own.MINI_PROGRAM_CLOSED: ErrNo.APP_CLOSED,
    own.LINK_PAGE_INVALID: ErrNo.BAD_PARAMETER,
    own.LINK_QUERY_INVALID: ErrNo.BAD_PARAMETER,
    own.LINK_EXPIRY_INVALID: ErrNo.BAD_PARAMETER,
    own.LINK_QUOTA_REACHED: ErrNo.RATE_LIMITED,
}


class Refused(Exception):
    """A call is refused: the ecosystem's code, and what to do about it, in Chinese."""

    def __init__(self, err_no: ErrNo, text: str = "") -> None:
        super().__init__(err_no)
        self.err_no = err_no
        self.text = text or TEXTS[err_no]


def told_as(problem: Problem, refusals: Mapping[Code, ErrNo]) -> Refused | None:
    """`problem` as the ecosystem is told it; None where no number is known, which is a bug."""
    err_no = refusals.get(problem.code) or TABLE.get(problem.code)
    if err_no is None:
        return None
    reasons = [
        str(each.text.zh if isinstance(each.text, tuple) else each.text) for each in problem.errors
    ]
    return Refused(err_no, ";".join((problem.detail.zh, *reasons)))
