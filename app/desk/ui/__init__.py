"""The kit every screen is built of. It draws; it fetches nothing and knows no store."""
