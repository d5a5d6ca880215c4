"""What every context stands on: errors, transitions, clock, working days, ids, actors, doors."""
