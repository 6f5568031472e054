"""Chats: the active ones, and the window of one chat."""
