"""Reasons that reviewers choose from, and how a chosen one is completed (C4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guazai.control.kernel.errors import FieldError
from guazai.control.kernel.reasons import Reason
from guazai.control.kernel.texts import Text
from guazai.control.review.errors import REASON_INVALID, REASON_REQUIRED
from guazai.control.review.states import SubjectKind

#: The free code: it says nothing by itself, so its text is the reviewer's own.
OTHER = "other"
APPLICATION = frozenset({SubjectKind.CAPABILITY_APPLICATION})
LANDING = frozenset({SubjectKind.LANDING_CHANGE})
BOTH = APPLICATION | LANDING


@dataclass(frozen=True, slots=True)
class Template:
    """A reason with its text and mend, for the kinds of items that it fits."""

    code: str
    kinds: frozenset[SubjectKind]
    text: Text
    how_to_fix: Text

    @property
    def is_text_required(self) -> bool:
        """Whether the reviewer has to say what it is."""
        return self.code == OTHER


TEMPLATES: dict[str, Template] = {
    template.code: template
    for template in (
        Template(
            "functions_incomplete",
            APPLICATION,
            Text("小程序功能不完整,实用性不足", "The mini program lacks functions of use"),
            Text(
                "请补齐核心功能,确保用户能完成完整的使用流程后重新申请",
                "Complete the core functions, so that users can finish what they came for",
            ),
        ),
        Template(
            "interface_disordered",
            APPLICATION,
            Text("界面设计存在明显问题", "The interface has plain flaws"),
            Text(
                "请修正排版错乱、遮挡、文字或图片显示异常等问题",
                "Mend broken layout, covered elements, and text or images that do not show",
            ),
        ),
        Template(
            "interaction_broken",
            APPLICATION,
            Text("交互体验不佳,操作不可达或无反馈", "Actions cannot be reached or do not answer"),
            Text(
                "请确保按钮可点击、操作有反馈、可以返回上一页",
                "Make buttons work, let actions answer, and let users go back",
            ),
        ),
        Template(
            "unstable",
            APPLICATION,
            Text("稳定性不足,出现崩溃、白屏或加载失败", "It crashes, stays blank or fails to load"),
            Text(
                "请排查崩溃与接口错误,在主流机型上验证后重新申请",
                "Find the crashes and failing calls, and verify on common devices",
            ),
        ),
        Template(
            "purpose_unclear",
            APPLICATION,
            Text("申请理由与小程序实际内容不符", "The reason given does not fit the mini program"),
            Text(
                "请如实说明使用场景与计划绑定的抖音号",
                "Say what it is for, and which accounts you plan to bind",
            ),
        ),
        Template(
            "page_fails_to_open",
            LANDING,
            Text("落地页无法打开或显示异常", "The page does not open or does not show well"),
            Text(
                "请在线上版本中验证该页面与参数后重新提交",
                "Verify this page with its query in the published version, then submit again",
            ),
        ),
        Template(
            "page_needs_login",
            LANDING,
            Text("落地页强制登录或授权后才能浏览", "The page shows nothing before a login"),
            Text(
                "请让访客无需登录即可浏览落地页的主要内容",
                "Let visitors see the main content without a login",
            ),
        ),
        Template(
            "title_misleading",
            LANDING,
            Text("标题与落地页内容不符或有误导", "The title misleads or does not fit the page"),
            Text("请使用与落地页内容一致的标题", "Use a title that says what the page shows"),
        ),
        Template(
            "page_unrelated",
            LANDING,
            Text("落地页与抖音号或小程序主体无关", "The page has nothing to do with the account"),
            Text(
                "请选择与该抖音号经营内容相关的页面",
                "Choose a page that belongs to what this account does",
            ),
        ),
        Template(
            "content_prohibited",
            BOTH,
            Text("包含平台禁止的内容", "There is content that the platform prohibits"),
            Text(
                "请移除违规内容,并对照平台内容规范自查",
                "Remove that content, and check the rest against the platform's rules",
            ),
        ),
        Template(
            "qualification_missing",
            BOTH,
            Text("缺少所属行业要求的资质", "A qualification that the industry needs is missing"),
            Text("请补充资质后重新提交", "Supply the qualification, then submit again"),
        ),
        Template(
            OTHER,
            BOTH,
            Text("其他", "Other"),
            Text("请按说明修改后重新提交", "Mend what is said here, then submit again"),
        ),
    )
}


def templates(kind: SubjectKind | None = None) -> list[Template]:
    """The templates, those of one kind of item where `kind` is given."""
    return [found for found in TEMPLATES.values() if kind is None or kind in found.kinds]


def complete(kind: SubjectKind, given: Sequence[Reason]) -> list[Reason]:
    """`given` with what its templates say where the reviewer wrote nothing.

    Raises `reason_required` for none at all, `reason_invalid` for a code that is not one of `kind`
    and for `other` without a text.
    """
    if not given:
        raise REASON_REQUIRED()
    if errors := list(_faults(kind, given)):
        raise REASON_INVALID(errors=errors)
    return [
        Reason(
            code=reason.code,
            text=reason.text or str(TEMPLATES[reason.code].text),
            how_to_fix=reason.how_to_fix or str(TEMPLATES[reason.code].how_to_fix),
            evidence=reason.evidence,
        )
        for reason in given
    ]


def _faults(kind: SubjectKind, given: Sequence[Reason]) -> Iterator[FieldError]:
    for place, reason in enumerate(given):
        template = TEMPLATES.get(reason.code)
        if template is None or kind not in template.kinds:
            yield FieldError(
                "reason_unknown",
                Text("没有这个原因代码", "There is no such reason for this item"),
                at=f"reasons.{place}.code",
            )
        elif template.is_text_required and not reason.text:
            yield FieldError(
                "reason_text_required",
                Text("「其他」需要填写说明", "“Other” needs a text"),
                at=f"reasons.{place}.text",
            )
