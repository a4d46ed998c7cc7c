"""Second factors: TOTP (RFC 6238), WebAuthn (Level 2) and backup codes, on django-otp's devices.

An app of its own, ``sessions_api.second_factors``: a host that does not install it, or not
``django_otp``, has sessions without second factors.
"""
