"""`/rest/v1`: tables, views and functions over HTTP, as far as the product's clients ask."""
