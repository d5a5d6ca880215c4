"""The write path: who applied, who decided, what is bound, what is live (Django)."""
