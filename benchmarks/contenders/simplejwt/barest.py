"""Simple JWT's settings without middleware, and with HMAC.

HMAC is the cheapest signature, but a service that can verify it can also forge it.
"""

from benchmarks.contenders.simplejwt.settings import *  # noqa: F403
from benchmarks.contenders.simplejwt.settings import SIMPLE_JWT

MIDDLEWARE = []
SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"]}
