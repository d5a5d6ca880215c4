"""The text of each kind of message. Values are plain text; pages escape them."""

from __future__ import annotations

from guazai.control.kernel.texts import Text

KINDS: dict[str, Text] = {
    "application_approved": Text(
        "「{app_name}」的抖音个人页挂载能力申请已通过，能力已开通。",
        "The application of “{app_name}” for profile mount was approved. It is granted.",
    ),
    "application_rejected": Text(
        "「{app_name}」的抖音个人页挂载能力申请未通过，请查看驳回原因并修改后重新申请。",
        "The application of “{app_name}” for profile mount was rejected."
        " See the reasons, mend them and apply again.",
    ),
    "capability_revoked": Text(
        "「{app_name}」的抖音个人页挂载能力已被收回，所有入口停止展示。原因：{reason}",
        "The profile mount capability of “{app_name}” was revoked: {reason}."
        " All its entries are hidden.",
    ),
    "capability_restored": Text(
        "「{app_name}」的抖音个人页挂载能力已恢复。",
        "The profile mount capability of “{app_name}” was restored.",
    ),
    "capability_flagged": Text(
        "「{app_name}」的小程序信用分为 {actual}，低于准入条件 {required}。"
        "能力暂不收回，请尽快改善。",
        "The credit score of “{app_name}” is {actual}, below the admission condition of {required}."
        " The capability stays for now; please mend this soon.",
    ),
    "binding_requested": Text(
        "小程序「{app_name}」（{entity_name}）请求绑定抖音号「{nickname}」，"
        "请在 {expires_at} 前处理。",
        "Mini program “{app_name}” ({entity_name}) asks to bind account “{nickname}”."
        " Please decide before {expires_at}.",
    ),
    "binding_consented": Text(
        "抖音号「{nickname}」已同意与小程序「{app_name}」绑定。",
        "Account “{nickname}” consented to the binding with “{app_name}”.",
    ),
    "binding_refused": Text(
        "抖音号「{nickname}」拒绝了与小程序「{app_name}」的绑定。",
        "Account “{nickname}” refused the binding with “{app_name}”.",
    ),
    "binding_cancelled": Text(
        "小程序「{app_name}」撤回了对抖音号「{nickname}」的绑定请求。",
        "“{app_name}” cancelled its request to bind account “{nickname}”.",
    ),
    "binding_ended": Text(
        "抖音号「{nickname}」与小程序「{app_name}」的绑定已解除。",
        "The binding of account “{nickname}” with “{app_name}” has ended.",
    ),
    "binding_expired": Text(
        "小程序「{app_name}」对抖音号「{nickname}」的绑定请求已过期。",
        "The request of “{app_name}” to bind account “{nickname}” has expired.",
    ),
    "binding_lapsed": Text(
        "抖音号「{nickname}」与小程序「{app_name}」主体的关系已不成立，绑定自动失效。",
        "Account “{nickname}” is no longer tied to the legal entity of “{app_name}”;"
        " the binding lapsed.",
    ),
    "landing_approved": Text(
        "「{app_name}」在抖音号「{nickname}」的落地页已通过审核并生效。",
        "The landing page of “{app_name}” on account “{nickname}” was approved and is live.",
    ),
    "landing_rejected": Text(
        "「{app_name}」在抖音号「{nickname}」的落地页未通过审核，请查看驳回原因。",
        "The landing page of “{app_name}” on account “{nickname}” was rejected; see the reasons.",
    ),
    "slot_released": Text(
        "抖音号「{nickname}」的号主移除了「{app_name}」的个人页入口。",
        "The owner of account “{nickname}” took away the profile entry of “{app_name}”.",
    ),
    "page_missing": Text(
        "「{app_name}」的线上版本不再包含落地页 {page_path}，抖音号「{nickname}」的入口已隐藏。",
        "The published version of “{app_name}” no longer has the approved page {page_path};"
        " its entry on account “{nickname}” is hidden.",
    ),
    "hidden_by_rules": Text(
        "抖音号「{nickname}」暂不满足《抖音经营规范》，个人页入口暂不展示。",
        "Account “{nickname}” does not meet the creator rules; its profile entry is hidden.",
    ),
    "shown_by_rules": Text(
        "抖音号「{nickname}」已满足《抖音经营规范》，个人页入口恢复展示。",
        "Account “{nickname}” meets the creator rules again; its profile entry is shown.",
    ),
    "policy_ahead": Text(
        "《抖音经营规范》将于 {effective_on} 更新。按目前的数据，抖音号「{nickname}」届时将不满足，"
        "个人页入口将暂不展示。",
        "The creator rules change on {effective_on}. By today's data account “{nickname}” will not"
        " meet them then, and its profile entry will be hidden.",
    ),
    "webhook_disabled": Text(
        "「{app_name}」的消息推送地址连续 {days} 天没有成功接收过推送，推送已停用。"
        "修复后请重新启用，并重新发送积压的推送。",
        "The webhook of “{app_name}” took nothing for {days} days, and is disabled."
        " Mend it, enable it again, and replay what it missed.",
    ),
    "mail_unconfirmed": Text(
        "主体的通知邮箱连续 {days} 天无法送达，已停止向其发送邮件。请重新设置并确认邮箱。",
        "Mail to your legal entity's address failed for {days} days, and is sent no more."
        " Set and confirm an address again.",
    ),
    "owner_reminder": Text(
        "小程序「{app_name}」提醒您：抖音号「{nickname}」暂不满足《抖音经营规范》，请查看如何改善。",
        "“{app_name}” reminds you: account “{nickname}” does not meet the creator rules."
        " See how to mend it.",
    ),
}
