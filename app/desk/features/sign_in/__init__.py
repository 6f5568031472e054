"""Signing in, and the first start on a device."""
