"""The admin's front page: charts and numbers. It reads statistics and estimates, never whole
tables.
"""
