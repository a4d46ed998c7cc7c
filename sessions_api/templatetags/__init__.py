"""Template tags for the pages of the admin. No queries of their own: pages compute, tags show."""
