"""The OpenAPI 3.1 description of the API, generated from the code with drf-spectacular.

drf-spectacular is optional; nothing else in this app requires it. Requests and errors are derived
from the viewset and its policies. Dialects declare the responses.
"""
