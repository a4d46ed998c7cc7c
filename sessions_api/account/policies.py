"""The policies of the pages: those of the same operations in the API."""

from dataclasses import replace

from killswitches.registry import ACCOUNT_LOGIN
from sessions_api.http.dialects import base
from sessions_api.http.policy import Audience, OwnRate, Policy
from sessions_api.ratelimits import rates

#: To look at one's own sessions.
READ = base.READ
#: To download all that concerns one's own account.
DOWNLOAD = replace(READ, own_rate=OwnRate("history download", rates.HISTORY_DOWNLOAD))
#: To end one's own sessions.
END = base.END
#: To change what protects the account.
CHANGE = replace(base.END, reverification=True)
#: To open the page for logging in.
LOGIN = Policy(audience=Audience.ANYONE, switches=(ACCOUNT_LOGIN,))
