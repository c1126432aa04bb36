"""Everything breaks, at random but by a seed: processes, Redis, Slack; at the end every promise is checked."""
