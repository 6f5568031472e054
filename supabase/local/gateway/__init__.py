"""The stand-in: Supabase's API on one machine, over a real PostgreSQL and without Docker."""
