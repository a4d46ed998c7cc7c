"""System checks, with stable ids. Importing a module of this package registers its checks."""
