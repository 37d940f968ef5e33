"""Pages for administrators: which programs are told what."""
