"""What makes an account pass (E1-E3): policies as data, judged one account at a time. Pure."""

from guazai.policy.errors import PolicyError, Problem
from guazai.policy.evaluator import Evaluator, Judgement, Outcome, compile  # noqa: A004 - as there
from guazai.policy.masks import NONE_MET, NOT_SUBJECT, failed_reasons, passes
from guazai.policy.operators import OPERATORS, Operand, Operator
from guazai.policy.policy import Policy, Rule, Stage
from guazai.policy.shipped import POLICY_2024_08_15
from guazai.policy.stages import applying, bucket, in_play
from guazai.policy.values import ACCOUNT_TYPES, FactType, Scalar, Text, Value

__all__ = [
    "ACCOUNT_TYPES",
    "NONE_MET",
    "NOT_SUBJECT",
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
    "Stage",
    "Text",
    "Value",
    "applying",
    "bucket",
    "compile",
    "failed_reasons",
    "in_play",
    "passes",
]
