"""What an event waits for, one module each; the same for catch, start and boundary events."""
