"""The desk: one queue over everything that waits for a reviewer, claims, and decisions."""
