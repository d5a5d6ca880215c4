"""The platform's own API under /api/v1/, put together from the contexts' routers."""

from __future__ import annotations

from importlib import import_module

from ninja import NinjaAPI, Router

import guazai
from guazai.control.delivery import errors

#: The contexts that have an `api.py`, in the order of the reference.
CONTEXTS = (
    "directory",
    "surfaces",
    "capability",
    "binding",
    "landing",
    "eligibility",
    "entry",
    "governance",
    "review",
    "inbox",
    "journal",
    "delivery",
)

api = NinjaAPI(
    title="Guazai",
    version=guazai.__version__,
    description=(
        "Mount a mini program's entry on Douyin profile pages. Errors are problem+json with stable"
        " codes; lists are paged by cursor; writes take an `Idempotency-Key`."
    ),
    urls_namespace="api",
    docs_url=None,
)
errors.install(api)
for context in CONTEXTS:
    router: Router = import_module(f"guazai.control.{context}.api").router
    api.add_router("", router)
