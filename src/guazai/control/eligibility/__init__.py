"""Whether an account meets the creator rules (E1-E4): policy versions, facts, verdicts."""
