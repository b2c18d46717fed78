"""`python -m troponin` is the command `troponin`."""

import sys

from troponin.cli.main import main

sys.exit(main())
