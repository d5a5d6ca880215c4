"""Codes of landing, and the words for each way in which a page or query is refused."""

from __future__ import annotations

from collections.abc import Mapping

from guazai.control.kernel.errors import Code, FieldError
from guazai.control.kernel.texts import Text
from guazai.control.landing.paths import MAX_PATH, MAX_QUERY, LandingPathError

LANDING_PATH_INVALID = Code(
    "landing_path_invalid",
    422,
    Text(
        "落地页路径或参数不符合要求,请按各项原因修改",
        "The page path or the query is refused; mend what the errors name",
    ),
)
LANDING_SOURCE_AMBIGUOUS = Code(
    "landing_source_ambiguous",
    422,
    Text(
        "请选择一种方式指定落地页:分享链接、手动输入页面路径,或历史记录;参数只随页面路径填写",
        "Name the page in exactly one way: a share link, a page path, or an earlier change;"
        " a query goes with a page path only",
    ),
)
LANDING_TEXT_INVALID = Code(
    "landing_text_invalid",
    422,
    Text(
        "标题或名称不符合要求,请按各项原因修改",
        "The title or name is refused; mend what the errors name",
    ),
)
SLOT_OCCUPIED = Code(
    "slot_occupied",
    409,
    Text(
        "该抖音号已有其他小程序的入口(线上或审核中)。请待其移除或解绑,或请号主移除该入口后再提交",
        "Another mini program has its entry on this account, live or in review. Submit again once"
        " it is removed or unbound, or ask the account's owner to release it",
    ),
)
CONTENT_CHANGED = Code(
    "content_changed",
    409,
    Text(
        "内容与您所审核的不一致,请刷新后重新审核",
        "The content is not the one that you reviewed; reload and review it again",
    ),
)
PAGE_NOT_PUBLISHED = Code(
    "page_not_published",
    409,
    Text(
        "小程序线上版本已不包含该页面,不能通过;请驳回,由开发者重新提交",
        "The published version no longer has this page, so it cannot be approved; reject it, and"
        " the developer submits again",
    ),
)
NOTHING_TO_REMOVE = Code(
    "nothing_to_remove",
    409,
    Text(
        "该抖音号没有线上入口,也没有审核中的配置",
        "This account has no live entry and nothing in review",
    ),
)
SHARE_LINK_NAME_TAKEN = Code(
    "share_link_name_taken",
    409,
    Text(
        "已有同名的分享链接,请换一个名称,或先删除原链接",
        "A share link of this name exists; take another name, or remove that link first",
    ),
)

PATH_TEXTS: Mapping[str, Text] = {
    "path_empty": Text("请填写页面路径", "Name a page"),
    "path_too_long": Text(
        f"页面路径最长 {MAX_PATH} 个字符", f"A path has at most {MAX_PATH} characters"
    ),
    "path_has_control": Text("页面路径不能包含控制字符", "A path may not have control characters"),
    "path_has_scheme": Text(
        "只填写页面路径,不要带协议(如 https:)",
        "Give the page's path alone, without a scheme such as https:",
    ),
    "path_has_host": Text(
        "只填写页面路径,不要带域名", "Give the page's path alone, without a host"
    ),
    "path_has_query": Text(
        "页面路径不能包含 ? 或 #,请把 ? 之后的内容填入参数",
        "A path may not have ? or #; put what follows the ? into the query",
    ),
    "path_has_backslash": Text("页面路径请使用 / 分隔", "A path is written with /"),
    "path_has_percent": Text("页面路径不能包含百分号转义", "A path may not have percent escapes"),
    "path_has_lookalike": Text(
        "页面路径只能使用 ASCII 字符,请检查是否混入了形近字符",
        "A path is written in ASCII only; look for characters that merely look alike",
    ),
    "path_has_dot_segments": Text(
        "页面路径不能包含 . 或 .. 这样的段", "A path may not have segments such as . or .."
    ),
    "path_malformed": Text(
        "页面路径由字母、数字、_、-、. 组成,段间以一个 / 分隔",
        "A path is segments of letters, digits, _, - and ., with one / between them",
    ),
    "page_not_published": Text(
        "线上版本没有该页面,请检查路径,或先发布包含该页面的版本",
        "The published version has no such page; check the path, or publish a version that has it",
    ),
    "query_too_long": Text(
        f"参数最长 {MAX_QUERY} 个字符", f"A query has at most {MAX_QUERY} characters"
    ),
    "query_has_control": Text(
        "参数不能包含控制字符,转义后的也不行",
        "A query may not have control characters, even escaped",
    ),
    "query_has_lookalike": Text(
        "参数的键只能是 ASCII,非 ASCII 的值请按 UTF-8 百分号转义,且不得使用形近或不可见字符",
        "Keys are ASCII; write other characters percent-encoded as UTF-8, none of them unseen or"
        " imitating ASCII",
    ),
    "query_malformed": Text(
        "参数为以 & 连接的 key=value,其他字符请百分号转义",
        "A query is key=value pairs joined by &, other characters percent-encoded",
    ),
    "query_duplicate_key": Text(
        "参数中有重复的键,请只保留一个", "A key is given twice; keep one of them"
    ),
}


def path_error(error: LandingPathError, at: str) -> FieldError:
    """What stands in `errors[]` for a page or query that was refused in the field `at`."""
    return FieldError(error.code, PATH_TEXTS[error.code], at=at)


def text_too_long(length: int, at: str) -> FieldError:
    """A text of more than `length` characters."""
    text = Text(f"最长 {length} 个字符", f"At most {length} characters")
    return FieldError("text_too_long", text, at=at, values={"max_length": length})


def text_has_control(at: str) -> FieldError:
    """A text with characters that are not seen."""
    text = Text("不能包含控制字符或不可见字符", "It may not have control characters or unseen ones")
    return FieldError("text_has_control", text, at=at)
