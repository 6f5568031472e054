"""Everything running, in real browsers: one on the shop page, one in the agent app."""
