"""What is asked of a database beyond the ORM: whether it is away, what a query would cost, and
Django's backend for PostgreSQL through restarts.
"""
