"""Template tags for the pages of the admin. They run no queries, except for the overview."""
