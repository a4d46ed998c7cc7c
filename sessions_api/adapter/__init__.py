"""The adapter: what a host decides about accounts, logins and sessions, in one class.

A host subclasses :class:`Adapter` and names its class in ``SESSIONS_API["ADAPTER"]``.
"""

from sessions_api.adapter.base import Adapter, Lifetime, LoginName
from sessions_api.adapter.loading import adapter

__all__ = ["Adapter", "Lifetime", "LoginName", "adapter"]
