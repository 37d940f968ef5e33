"""Ways into back-office systems, one folder each; `table` lists them, `http` and `secrets` are what several share."""
