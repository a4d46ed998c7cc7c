"""What the user and group admins of a host mix in. It assumes nothing of a user model but
``is_active``.
"""
