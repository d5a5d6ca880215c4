"""What is told, how endpoints and deliveries stand, and what goes wrong with them."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from django.db import models

from guazai.control.kernel.texts import Text
from guazai.control.kernel.transitions import Table, step

#: How long an endpoint may take nothing before it is disabled.
SILENCE = timedelta(days=5)
#: How long deliveries are kept, with their attempts.
KEPT = timedelta(days=30)


class Event(StrEnum):
    """What a mini program's server can be told of; the first two are the ecosystem's names."""

    APPLY_CAPACITY = "APPLY_CAPACITY"
    BIND_AWEME_USER = "BIND_AWEME_USER"
    PROFILE_MOUNT_AUDIT = "PROFILE_MOUNT_AUDIT"
    PROFILE_MOUNT_VISIBILITY = "PROFILE_MOUNT_VISIBILITY"
    TEST = "TEST"


#: The events that can be subscribed to, with what they tell of.
SUBSCRIBABLE = {
    Event.APPLY_CAPACITY: Text("能力申请、开通与收回", "Applications for the capability, grants"),
    Event.BIND_AWEME_USER: Text("抖音号绑定变化", "Bindings of accounts"),
    Event.PROFILE_MOUNT_AUDIT: Text("落地页审核与移除", "Reviews and removals of landing pages"),
    Event.PROFILE_MOUNT_VISIBILITY: Text(
        "入口展示状态变化", "Entries that are shown or hidden, and why"
    ),
}


class EndpointStatus(models.TextChoices):
    """How an endpoint stands; only an enabled one is told of anything."""

    VERIFYING = "verifying"
    FAILED = "failed"
    ENABLED = "enabled"
    DISABLED = "disabled"


class DeliveryStatus(models.TextChoices):
    """How the delivery of one event stands; a dead one is tried again only when it is replayed."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


ENDPOINT_TRANSITIONS: Table = {
    "set": step(tuple(EndpointStatus), EndpointStatus.VERIFYING),
    "verify": step((EndpointStatus.FAILED, EndpointStatus.DISABLED), EndpointStatus.VERIFYING),
    "pass_check": step(EndpointStatus.VERIFYING, EndpointStatus.ENABLED),
    "fail_check": step(EndpointStatus.VERIFYING, EndpointStatus.FAILED),
    "disable": step(EndpointStatus.ENABLED, EndpointStatus.DISABLED),
    "enable": step(EndpointStatus.DISABLED, EndpointStatus.ENABLED),
}
DELIVERY_TRANSITIONS: Table = {
    "deliver": step(DeliveryStatus.WAITING, DeliveryStatus.DELIVERED),
    "give_up": step(DeliveryStatus.WAITING, DeliveryStatus.DEAD),
    "replay": step((DeliveryStatus.DEAD, DeliveryStatus.DELIVERED), DeliveryStatus.WAITING),
}


class Failure(StrEnum):
    """Why an attempt failed, or why an endpoint is not told of anything."""

    NO_SECRET = "no_secret"  # noqa: S105 - the lack of one
    URL_INVALID = "url_invalid"
    NOT_RESOLVED = "not_resolved"
    ADDRESS_FORBIDDEN = "address_forbidden"
    NOT_CONNECTED = "not_connected"
    TLS_FAILED = "tls_failed"
    TIMED_OUT = "timed_out"
    ANSWER_BROKEN = "answer_broken"
    REDIRECTED = "redirected"
    REFUSED = "refused"
    CHALLENGE_WRONG = "challenge_wrong"
    SILENT = "silent"


FAILURES = {
    Failure.NO_SECRET: Text(
        "没有有效的密钥，无法签名；请先在应用凭证中创建密钥",
        "There is no live client secret to sign with; create one under credentials",
    ),
    Failure.URL_INVALID: Text("推送地址不可用", "The URL cannot be used"),
    Failure.NOT_RESOLVED: Text("域名无法解析", "The host name cannot be resolved"),
    Failure.ADDRESS_FORBIDDEN: Text(
        "域名解析到不允许访问的地址（如内网地址）",
        "The host is at an address that must not be called, such as a private one",
    ),
    Failure.NOT_CONNECTED: Text("无法建立连接", "The server cannot be connected to"),
    Failure.TLS_FAILED: Text(
        "TLS 握手失败，请检查证书与域名是否匹配",
        "TLS failed; see whether the certificate is valid and names the host",
    ),
    Failure.TIMED_OUT: Text("5 秒内没有完成响应", "No complete answer within 5 seconds"),
    Failure.ANSWER_BROKEN: Text("响应不是合法的 HTTP", "The answer is not valid HTTP"),
    Failure.REDIRECTED: Text(
        "服务器要求跳转；推送不跟随跳转，请填写最终地址",
        "The server redirects, which is not followed; give the final address",
    ),
    Failure.REFUSED: Text("服务器返回的状态码不是 2xx", "The server's status is not 2xx"),
    Failure.CHALLENGE_WRONG: Text(
        "验证请求没有原样返回 challenge", "The check was not answered with the same challenge"
    ),
    Failure.SILENT: Text(
        "连续 5 天没有成功接收过推送，已停用", "Nothing was taken for 5 days; it is disabled"
    ),
}
