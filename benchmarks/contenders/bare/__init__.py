"""The baseline: a Django view that reads one row, without authentication."""
