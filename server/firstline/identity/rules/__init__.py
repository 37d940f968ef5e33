"""Who may be believed, as pure functions: what is asked of whom, what counts as right, when it is too often."""
