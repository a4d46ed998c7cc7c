"""The verbs of second factors: enrolment, challenges, verification, encryption. No HTTP but in the
errors they raise.
"""
