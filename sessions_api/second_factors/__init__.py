"""Second factors: TOTP (RFC 6238), WebAuthn (Level 2) and backup codes, on django-otp's devices.

This is an optional app. A host that does not install both it and ``django_otp`` has sessions
without second factors.
"""
