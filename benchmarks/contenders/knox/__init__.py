"""django-rest-knox: random tokens, whose digests are stored in the database."""
