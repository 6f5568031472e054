"""The things agents talk about, as frozen data, and the rules that need nothing but data."""
