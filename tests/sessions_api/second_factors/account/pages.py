"""The pages of second factors, and what is read on them."""

import re

from tests.cast import PASSWORD
from tests.sessions_api.account.visitor import Visitor
from tests.sessions_api.second_factors.totp import App, Clock

FACTORS = "/account/second-factors/"
ADD_APP, CONFIRM_APP = f"{FACTORS}app/", f"{FACTORS}app/confirm/"
ADD_KEY, CONFIRM_KEY = f"{FACTORS}key/", f"{FACTORS}key/confirm/"
CODES = f"{FACTORS}codes/"


def begin_app(visitor: Visitor, clock: Clock) -> App:
    """Give the password, and read the secret on the page."""
    visitor.open(ADD_APP)
    assert visitor.send(ADD_APP, password=PASSWORD).status_code == 200
    html = visitor.page.content.decode()
    secret = re.search(r'<textarea id="secret"[^>]*>([A-Z2-7]{32})<', html)
    assert secret
    return App(secret[1], clock)


def shown_codes(visitor: Visitor) -> list[str]:
    return re.findall(r'<code dir="ltr">(\w{10})</code>', visitor.page.content.decode())
