"""The places where entries appear (S1), and what an operator set for each."""
