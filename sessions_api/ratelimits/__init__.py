"""Rate limits: reservations of quotas, and the counters that they rest on. It knows no endpoint:
which rates hold where is a matter of :mod:`sessions_api.http.policy`.
"""
