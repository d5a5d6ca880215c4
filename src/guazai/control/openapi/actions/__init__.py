"""The only writers of credentials, tokens, service providers and authorisations."""
