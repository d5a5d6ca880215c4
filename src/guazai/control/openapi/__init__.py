"""The ecosystem's wire contract: credentials, tokens, calls. No rule lives here."""
