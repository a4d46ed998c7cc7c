"""The services of second factors: enrolment, challenges, verification, encryption.

They know nothing of HTTP except the status of the errors that they raise.
"""
