"""The capability: apply, decide, grant, revoke, restore."""
