"""django-rest-knox: a token of random text, whose digest has a row."""
