"""Holding what arrives as facts to the types that policies declare (E3). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from guazai.control.eligibility.errors import FACT_TYPE_WRONG, UNKNOWN_FACT
from guazai.control.kernel.errors import FieldError, Problem
from guazai.control.kernel.texts import Text
from guazai.policy import FactType
from guazai.policy.limits import MAX_COUNT, MAX_TEXT, is_clean
from guazai.policy.values import IS_VALUE_OF

#: Whole numbers are kept in 64 bits by every engine that judges.
_INT64 = range(-(2**63), 2**63)


def known(values: Mapping[str, object]) -> dict[str, object]:
    """`values` in their one stored form: what is null is not there (E3)."""
    return {name: value for name, value in values.items() if value is not None}


def refusal(values: Mapping[str, object], types: Mapping[str, FactType]) -> Problem | None:
    """Why `values` cannot be taken, naming every fact that is unknown or of another type."""
    unknown = [
        FieldError(
            "unknown_fact",
            Text(f"没有规范声明过数据项 {name}", f"No policy declares the fact {name}"),
            at=f"facts.{name}",
        )
        for name in values
        if name not in types
    ]
    wrong = [
        FieldError("fact_type_wrong", text, at=f"facts.{name}", values={"type": types[name]})
        for name, value in values.items()
        if name in types and (text := _mistake(value, types[name]))
    ]
    if unknown:
        return UNKNOWN_FACT(errors=[*unknown, *wrong])
    return FACT_TYPE_WRONG(errors=wrong) if wrong else None


def _mistake(value: object, kind: FactType) -> Text | None:
    """What is wrong with `value` for a fact of type `kind`; null is always allowed."""
    if value is None:
        return None
    if not IS_VALUE_OF[kind](value):
        return Text(f"应为 {kind} 类型或 null", f"It is to be of type {kind}, or null")
    if isinstance(value, str) and (len(value) > MAX_TEXT or not is_clean(value)):
        return Text(
            f"应为不超过 {MAX_TEXT} 个字符且不含控制字符的文本",
            f"It is to be at most {MAX_TEXT} characters, none of them control characters",
        )
    if kind is FactType.INT and isinstance(value, int) and not 0 <= value <= MAX_COUNT:
        return Text(f"数量应在 0 到 {MAX_COUNT} 之间", f"A count is from 0 to {MAX_COUNT}")
    if isinstance(value, int) and value not in _INT64:
        return Text("数值超出 64 位整数范围", "It does not fit a 64-bit whole number")
    return None
