"""Running processes, seen and mended by those who answer for them."""
