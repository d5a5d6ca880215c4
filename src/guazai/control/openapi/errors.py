"""Codes of credentials and service providers."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

TWO_SECRETS_LIVE = Code(
    "two_secrets_live",
    409,
    Text(
        "已有两个有效密钥,请先停用其中一个",
        "Two secrets are live already; end one of them first",
    ),
)
NETWORK_INVALID = Code(
    "network_invalid",
    422,
    Text(
        "白名单中有无效的 IP 或网段,请填写如 203.0.113.7 或 203.0.113.0/24",
        "The list has what is no address or network; write 203.0.113.7 or 203.0.113.0/24",
    ),
)
PROVIDER_UNKNOWN = Code(
    "provider_unknown",
    422,
    Text(
        "服务商不存在或已停用,请向服务商核对其 client_key",
        "There is no such provider, or it is disabled; ask the provider for its client_key",
    ),
)
ALREADY_AUTHORIZED = Code(
    "already_authorized",
    409,
    Text(
        "已授权该服务商,如需更改权限请先取消授权",
        "This provider is authorised already; revoke that first to change its permissions",
    ),
)
MINI_PROGRAM_CLOSED = Code(
    "mini_program_closed",
    409,
    Text(
        "小程序已下线或被平台封禁,请在控制台查看原因",
        "The mini program is offline, or the platform denied it; see why in the console",
    ),
)
LINK_PAGE_INVALID = Code(
    "link_page_invalid",
    422,
    Text(
        "path 不是线上版本的页面,请填写已发布的页面路径(不带参数),首页可留空",
        "That is no page of the published version; give one without a query, or none for home",
    ),
)
LINK_QUERY_INVALID = Code(
    "link_query_invalid",
    422,
    Text(
        "query 应为 JSON 对象的文本,最长 1024 个字符,键不重复,值为字符串、数字或布尔值,"
        "仅可使用字母、数字、双引号和 {}!#$&'()*+,/:;=?@-._~%",
        "A query is the text of a JSON object of at most 1,024 characters, no key twice, its"
        " values text, numbers or booleans, in letters, digits, double quotes and"
        " {}!#$&'()*+,/:;=?@-._~%",
    ),
)
LINK_EXPIRY_INVALID = Code(
    "link_expiry_invalid",
    422,
    Text(
        "expire_time 应为未来 180 天之内的秒级时间戳",
        "A link expires in the future, within 180 days; give it in seconds",
    ),
)
LINK_QUOTA_REACHED = Code(
    "link_quota_reached",
    429,
    Text(
        "今天生成链接的次数已用完,请明日再试",
        "Today's links are used up; try again tomorrow",
    ),
)
LINK_EXPIRED = Code(
    "link_expired",
    410,
    Text("链接已过期,请向分享者索取新的链接", "This link has expired; ask for a new one"),
)
LINK_CLOSED = Code(
    "link_closed",
    404,
    Text("小程序暂时无法打开,请稍后再试", "The mini program cannot be opened now; try again later"),
)
AUTHORIZATION_CODE_INVALID = Code(
    "authorization_code_invalid",
    422,
    Text(
        "授权码无效、已使用或已过期,请重新查询授权列表获取",
        "The authorization code is wrong, used or expired; list the authorising apps again",
    ),
)
REFRESH_TOKEN_INVALID = Code(
    "refresh_token_invalid",
    422,
    Text(
        "刷新令牌无效、已使用或已过期,请用新的授权码换取",
        "The refresh token is wrong, used or expired; use a new authorization code",
    ),
)
AUTHORIZATION_REVOKED = Code(
    "authorization_revoked",
    409,
    Text(
        "小程序已取消授权,请联系小程序开发者",
        "The mini program revoked its authorisation; ask its developers",
    ),
)
