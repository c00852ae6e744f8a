"""The pages of what we were given, one module a page."""
