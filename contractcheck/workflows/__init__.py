"""What a command does, from the parts below: the only place that strings them together."""
