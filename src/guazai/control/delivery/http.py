"""The platform's own API under /api/v1/, put together from the contexts' routers."""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from typing import Any

from ninja import NinjaAPI, Router
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation

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
    "evaluation",
    "governance",
    "review",
    "openapi",
    "webhooks",
    "mail",
    "inbox",
    "journal",
    "delivery",
)


class Api(NinjaAPI):
    """The API; its document says of every operation how it refuses."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The OpenAPI document; anybody may ask for it, and it takes a while to make."""
        return self._document

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The operation's context and verb."""
        view = operation.view_func
        return f"{view.__module__.split('.')[-2]}_{view.__name__}"

    @cached_property
    def _document(self) -> OpenAPISchema:
        """Made once, with the problem that any operation may answer."""
        document = super().get_openapi_schema()
        problem = errors.ProblemOut.model_json_schema(ref_template=REF_TEMPLATE)
        schemas = document["components"]["schemas"]
        schemas |= {**problem.pop("$defs"), "ProblemOut": problem}
        content = {
            errors.PROBLEM_TYPE: {"schema": {"$ref": REF_TEMPLATE.format(model="ProblemOut")}}
        }
        refusal = {"description": "A refusal; `code` is stable", "content": content}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = refusal
        return document


api = Api(
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
