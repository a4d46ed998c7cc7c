"""The pages of second factors: the list, enrolments, and backup codes."""
