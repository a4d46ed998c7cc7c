"""Without any middleware, and with HMAC: the cheapest signature, but one that whoever can verify
can forge."""

from benchmarks.contenders.simplejwt.settings import *  # noqa: F403
from benchmarks.contenders.simplejwt.settings import SIMPLE_JWT

MIDDLEWARE = []
SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"]}
