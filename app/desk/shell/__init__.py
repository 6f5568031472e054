"""The shell: starts a session, finds the screens, frames them. Nobody imports it but main.py."""
