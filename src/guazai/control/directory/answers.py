"""The shape of an account, wherever it stands in an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guazai.control.directory.states import AccountType
from guazai.control.kernel.http import Out

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount


class AccountOut(Out):
    """A Douyin account, as far as everybody may know it."""

    aweme_id: str
    nickname: str
    avatar_url: str
    account_type: AccountType


def account_out(account: DouyinAccount) -> AccountOut:
    """`account` as it is answered."""
    return AccountOut(
        aweme_id=account.pk,
        nickname=account.nickname,
        avatar_url=account.avatar_url,
        account_type=AccountType(account.account_type),
    )
