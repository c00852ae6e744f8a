"""The pages and fragments of what a machine does to photos, one module a page."""
