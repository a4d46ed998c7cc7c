"""The overview on the admin's index page. It reads statistics and estimates, never whole tables."""
