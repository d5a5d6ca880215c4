"""Taking entries away, and giving them back: who may, and whether it takes two (G1)."""
