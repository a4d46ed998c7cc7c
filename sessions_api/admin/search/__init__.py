"""One search for users, sessions and events, on a page of its own."""
