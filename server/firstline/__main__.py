"""`python -m firstline` is `firstline`."""

import sys

from firstline.config.cli import main

sys.exit(main())
