"""A project that uses the apps as its developers would, to be type-checked alone; it never runs."""
