"""Landing pages of entries: share links, changes, versions, the live pointer."""
