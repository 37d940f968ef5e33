"""What every request of the API has in common: who may, doing something once, changing only what was read, pages."""
