"""The sample catalog's button and its progress."""
