"""djangorestframework-simplejwt: signed tokens, which cannot be revoked, and the user's row."""
