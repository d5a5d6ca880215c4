"""Codes of the directory."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

LOGIN_FAILED = Code(
    "login_failed", 401, Text("账号或密码错误", "The login or the password is wrong")
)
UNKNOWN_REFERENCE = Code(
    "unknown_reference",
    422,
    Text("引用的对象不存在,请先同步它", "It refers to something unknown; sync that first"),
)
VERSION_IMMUTABLE = Code(
    "version_immutable",
    409,
    Text(
        "该版本已同步且页面列表不同,版本不可修改,请使用新的版本号",
        "This version is known with other pages; versions never change, use a new number",
    ),
)
TOKEN_SCOPE_INVALID = Code(
    "token_scope_invalid",
    422,
    Text(
        "开发者令牌必须且只能绑定一个小程序,宿主令牌不能绑定小程序",
        "A developer's token is bound to exactly one mini program, a host's token to none",
    ),
)
