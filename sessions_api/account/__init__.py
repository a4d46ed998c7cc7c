"""Pages on which people log in, see where they are logged in, and end sessions: a plug-in.

A host installs this app and includes :mod:`.urls`, or leaves it out. Pages have the policies,
services, rates and audit events of the API, and the session rests in a cookie:

- :mod:`.views`: the pages. :class:`.views.base.AccountPage` is the base of all of them;
- :mod:`.forms`: what people type, and the proof that it is still them;
- :mod:`.presentation`: sessions, times and scopes in words;
- :mod:`.protection`: the headers that protect every page.
"""
