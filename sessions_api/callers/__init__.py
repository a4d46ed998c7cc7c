"""Who is calling, and what of it can be believed."""
