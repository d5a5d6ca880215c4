"""The closed sets of the OpenAPI: scopes, permission sets, kinds of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple

from django.db import models

from guazai.control.kernel.texts import Text


class Scope(StrEnum):
    """What a mini program's own credential may call, by the ecosystem's names."""

    CAPACITY = "app.capacity.admin"
    BIND = "ma.relation.bind"
    PROFILE_MOUNT = "ma.profile_mount.config"
    MOUNT_LEGAL = "ma.mount.legal"
    URL_LINK = "apps.url_link.generate"
    SCHEMA = "ma.share.schema"
    CREDIT = "ma.credit_score.query"


SCOPE_TEXTS: Mapping[Scope, Text] = {
    Scope.CAPACITY: Text("能力列表、申请与状态", "List, apply for and follow capabilities"),
    Scope.BIND: Text("绑定、查询与解绑抖音号", "Bind, list and unbind Douyin accounts"),
    Scope.PROFILE_MOUNT: Text("配置个人页挂载的落地页", "Configure the landing pages of entries"),
    Scope.MOUNT_LEGAL: Text("查询挂载是否合法", "Check whether a mount is legal"),
    Scope.URL_LINK: Text("生成 URL Link", "Generate URL links"),
    Scope.SCHEMA: Text("生成 Schema", "Generate schemas"),
    Scope.CREDIT: Text("查询信用分", "Query the credit score"),
}


class Permission(IntEnum):
    """A permission set that a mini program gives to a service provider."""

    DEVELOPMENT = 1
    BASIC_INFO = 2
    OPERATION = 3
    DATA = 4


class PermissionText(NamedTuple):
    """What a permission set is called, and what it lets a service provider do."""

    name: Text
    description: Text


PERMISSION_TEXTS: Mapping[Permission, PermissionText] = {
    Permission.DEVELOPMENT: PermissionText(
        Text("开发管理", "Development"), Text("生成链接与 Schema", "Generate links and schemas")
    ),
    Permission.BASIC_INFO: PermissionText(
        Text("基本信息设置", "Basic information"),
        Text("小程序的基本信息", "The mini program's basic information"),
    ),
    Permission.OPERATION: PermissionText(
        Text("运营管理", "Operation"),
        Text(
            "申请能力、绑定抖音号、配置个人页挂载、检查挂载",
            "Apply for capabilities, bind accounts, configure entries, check mounts",
        ),
    ),
    Permission.DATA: PermissionText(
        Text("数据分析", "Data"), Text("查询信用分", "Query the credit score")
    ),
}


class WireApplyStatus(IntEnum):
    """How a capability stands, as the ecosystem counts; 4, closed, is never told."""

    IN_REVIEW = 1
    GRANTED = 2
    REJECTED = 3
    BANNED = 5
    CAN_APPLY = 6
    CANNOT_APPLY = 7


class WireBindStatus(IntEnum):
    """How a binding stands, as the ecosystem counts."""

    BINDING = 1
    BOUND = 2
    FAILED = 3
    CANCELLED = 4
    BANNED = 5
    LAPSED = 6


class WireChangeStatus(IntEnum):
    """How a landing change stands, as the ecosystem counts; the last is Guazai's own.

    It was in effect, and another took its place, or it was removed.
    """

    IN_EFFECT = 1
    IN_REVIEW = 2
    WITHDRAWN = 3
    REJECTED = 4
    REPLACED = 5


class TokenKind(models.TextChoices):
    """Kinds of tokens that a call bears."""

    CLIENT = "client"
    STABLE = "stable"
    PROVIDER = "provider"


class HostApp(models.TextChoices):
    """The apps in which a URL link opens a mini program."""

    DOUYIN = "douyin", "抖音"
    DOUYIN_LITE = "douyinlite", "抖音极速版"
    TOUTIAO = "toutiao", "今日头条"
    TOUTIAO_LITE = "toutiaolite", "今日头条极速版"


#: The scheme by which each opens an address.
HOST_SCHEMES: Mapping[HostApp, str] = {
    HostApp.DOUYIN: "snssdk1128",
    HostApp.DOUYIN_LITE: "snssdk2329",
    HostApp.TOUTIAO: "snssdk141",
    HostApp.TOUTIAO_LITE: "snssdk35",
}
