"""What is asked of the host's user model, whatever it is: who an account is, and what it may do."""
