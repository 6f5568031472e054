"""`/realtime/v1`: channels over websockets, authorised by the policies on `realtime.messages`."""
