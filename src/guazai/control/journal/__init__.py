"""The one door through which every act passes: an audit event and outbox keys, in its transaction."""
