"""The API's description in OpenAPI 3.1, made from the code by drf-spectacular.

Only where the host has installed drf-spectacular; nothing else of this app needs it. What an
endpoint asks and refuses is read off its viewset and policy, what it answers is told by a dialect.
"""
