"""A signal within the app."""

from django.dispatch import Signal

#: There is a job to go on with. Sent after the commit, without arguments.
job_due = Signal()
