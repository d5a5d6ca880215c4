"""The read path: which entry, if any, is shown on an account? No Django, no database."""
