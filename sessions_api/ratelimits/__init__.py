"""Rate limits: reservations of quotas, and the counters behind them.

Nothing here depends on endpoints: :mod:`sessions_api.http.policy` says which rates apply to which.
"""
