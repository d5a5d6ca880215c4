"""What makes an account pass (E1-E3): policies as data, judged one account at a time. Pure."""

from guazai.policy.errors import PolicyError, Problem
from guazai.policy.evaluator import Evaluator, Judgement, Outcome, compile  # noqa: A004 - as there
from guazai.policy.operators import OPERATORS, Operand, Operator
from guazai.policy.policy import Policy, Rule, in_force
from guazai.policy.shipped import POLICY_2024_08_15
from guazai.policy.values import ACCOUNT_TYPES, FactType, Scalar, Text, Value

__all__ = [
    "ACCOUNT_TYPES",
    "OPERATORS",
    "POLICY_2024_08_15",
    "Evaluator",
    "FactType",
    "Judgement",
    "Operand",
    "Operator",
    "Outcome",
    "Policy",
    "PolicyError",
    "Problem",
    "Rule",
    "Scalar",
    "Text",
    "Value",
    "compile",
    "in_force",
]
