"""Made-up users and sessions, in any number."""
