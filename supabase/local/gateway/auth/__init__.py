"""`/auth/v1`: users, sessions and tokens, with the platform's rules and error codes."""
