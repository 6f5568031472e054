"""Visitors: what rings and who waits."""
