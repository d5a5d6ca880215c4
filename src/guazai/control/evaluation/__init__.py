"""Runs of the nightly feed and of policies, their breaker and alarms, drafts and dry runs."""
