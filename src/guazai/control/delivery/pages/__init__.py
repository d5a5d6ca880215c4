"""The pages for account owners and visitors: login, consent, the owner's own page, the preview."""
