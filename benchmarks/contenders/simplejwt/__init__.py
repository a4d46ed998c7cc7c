"""djangorestframework-simplejwt: a signed token, and its user's row. No session can be ended."""
