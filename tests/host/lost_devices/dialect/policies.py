"""Who may call what, how often, and with which scope."""

from killswitches.registry import ACCOUNT_MODIFY
from sessions_api.exceptions import InvalidUser
from sessions_api.http.dialects.base import login_policy
from sessions_api.http.policy import Audience, OwnRate, Policy
from sessions_api.ratelimits import rates
from sessions_api.ratelimits.rates import Rate
from sessions_api.scopes import register as register_scope

#: The permission flag of a scoped session: 2 to the power of 21.
DEVICES = register_scope(21, "DEVICES", "List devices, and report them as lost.")

#: Reports, per network. ``SESSIONS_API["RATES"]`` may set other numbers.
LOST_DEVICES = rates.register(Rate(limit=5, period=3600, name="LOST_DEVICES"))

LOG_IN = login_policy(rates.LOGIN, InvalidUser)
LIST = Policy(audience=Audience.USERS, scope=DEVICES)
REPORT = Policy(
    audience=Audience.USERS,
    scope=DEVICES,
    switches=(ACCOUNT_MODIFY,),
    own_rate=OwnRate("lost devices", LOST_DEVICES),
)
