"""History: finished chats, search, and transcripts."""
