"""Beyond the ORM: errors of an unavailable database, cost estimates of queries, pages of long
tables, and a PostgreSQL backend that survives restarts of the server.
"""
