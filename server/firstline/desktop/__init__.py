"""What an agent looks at: the desk of one contact, and the way to it."""
