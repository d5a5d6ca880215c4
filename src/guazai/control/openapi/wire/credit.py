"""信用分."""

from __future__ import annotations

from pydantic import BaseModel

from guazai.control.openapi.states import Permission, Scope
from guazai.control.openapi.wire.calls import Caller, Calls
from guazai.control.openapi.wire.families import OLD

router = Calls(base="/api/apps/v2/credit_score", family=OLD)


class CreditScoreOut(BaseModel):
    """The mini program's credit score."""

    credit_score: int


@router.get(
    "get_credit_score/", scope=Scope.CREDIT, permission=Permission.DATA, answer=CreditScoreOut
)
def get_credit_score(caller: Caller) -> CreditScoreOut:
    """The mini program's credit score, on which applying for capabilities depends."""
    return CreditScoreOut(credit_score=caller.mini_program.credit_score)
