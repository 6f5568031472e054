"""The only place that knows Supabase, HTTP, sockets and the app's own database file."""
