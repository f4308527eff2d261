"""From the web to values: discover, fetch, extract. Knows no database."""
