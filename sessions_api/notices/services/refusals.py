"""Telling a mail that cannot be delivered to its recipient from a mail server that is out of order.

Each mail backend has its own errors. What is not known here counts as a failure of the server.
"""

from smtplib import SMTPRecipientsRefused

#: The reply of a mail server that is shutting down (RFC 5321, 4.2.2), whoever the recipient is.
SHUTTING_DOWN = 421
#: The HTTP statuses with which the API of a mail service refuses a request for what it says.
REFUSED_CONTENT = (400, 422)
#: The error of django-anymail for a recipient that a mail service rejects. By name, because few
#: projects have that package.
ANYMAIL_REFUSED = ("anymail.exceptions", "AnymailRecipientsRefused")


def is_due_to_recipient(error: Exception) -> bool:
    """Return whether the next mail, which has another recipient, may well be delivered."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code != SHUTTING_DOWN for code, _ in error.recipients.values())
    # Django raises it for an address that it cannot write to.
    if isinstance(error, ValueError):
        return True
    names = {(kind.__module__, kind.__qualname__) for kind in type(error).mro()}
    # Errors of django-anymail have the status of the response, if there was one.
    return ANYMAIL_REFUSED in names or getattr(error, "status_code", None) in REFUSED_CONTENT
