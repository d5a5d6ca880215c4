"""Tying mini programs to Douyin accounts: requests, the owner's consent, quotas, their end."""
