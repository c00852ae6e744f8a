"""Products: the list with search and filters, and one product with its photos."""
