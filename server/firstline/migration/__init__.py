"""Running instances move to another release: mapped, tried without a trace, moved in batches, and taken back."""
