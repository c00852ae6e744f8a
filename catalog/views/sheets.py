"""Product sheets: upload, map the columns, and the report of rows not taken."""
