"""The floor: what Django needs for one row and an answer. Nobody is asked who they are."""
