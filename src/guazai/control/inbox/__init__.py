"""In-site messages (站内信) to legal entities and account owners."""
