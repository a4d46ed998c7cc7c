"""A second person for switches that need one: requests, and what becomes of them."""
