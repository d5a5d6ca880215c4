"""The one door of every act: its audit event and outbox keys, in its own transaction."""
