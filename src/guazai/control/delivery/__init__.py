"""How the contexts are assembled into HTTP, pages and workers."""
