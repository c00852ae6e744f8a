"""Pages of the review app, a module a page."""
