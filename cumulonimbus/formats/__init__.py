"""How Django's own pages write times, by the language: as ours do."""
