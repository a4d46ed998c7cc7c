"""Generated users and sessions, to try the service with."""
