"""The verbs of incidents, which the admin, the API and the command share."""
