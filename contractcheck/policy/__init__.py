"""What a team wants: configuration, severities, waivers."""
