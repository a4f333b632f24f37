"""One session on the screen: its page in the steps of the day, and every act on it."""
