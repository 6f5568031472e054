"""Deskbell's agent app: the code that runs on agents' phones, desktops and browsers."""
