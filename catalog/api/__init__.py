"""The API's calls about catalogs, uploads and batches, and what the calls of all apps are made with."""
