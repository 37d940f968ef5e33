"""The demo: a made-up utility company, its three back-office systems, its people and its story."""
