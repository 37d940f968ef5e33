"""The demo: a made-up utility company, its four back-office systems, its people and its story."""
