"""Is an entry shown, which page, and why: the projection of all contexts onto the edge."""
