"""Sessions in a cookie, for hosts with pages. The setting ``COOKIES`` turns them on.

- :mod:`.authentication` for REST framework's views;
- :mod:`.middleware` for Django's views, which finds the user of each page;
- :mod:`.pages`: logging in and out on pages of a host;
- :mod:`.token_cookie` and :mod:`.csrf`: the cookie itself, and the proof that a request comes from
  a page of ours.
"""
