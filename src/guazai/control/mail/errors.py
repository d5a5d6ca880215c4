"""Error codes of mail."""

from __future__ import annotations

from guazai.control.kernel.errors import Code
from guazai.control.kernel.texts import Text

MAIL_UNAVAILABLE = Code(
    "mail_unavailable", 409, Text("平台未配置邮件服务", "The platform has no mail server")
)
MAIL_NOT_SET = Code("mail_not_set", 409, Text("尚未设置通知邮箱", "No mail address is set"))
MAIL_ADDRESS_INVALID = Code(
    "mail_address_invalid", 422, Text("邮箱地址不合法", "This is not a mail address")
)
MAIL_CODE_WRONG = Code("mail_code_wrong", 422, Text("验证码错误", "The code is wrong"))
MAIL_CODE_EXPIRED = Code(
    "mail_code_expired",
    409,
    Text("验证码已失效，请重新获取", "The code is not valid any more; ask for another one"),
)
