"""The ecosystem's wire: its calls, in its envelope, with its codes. No rule lives here."""
