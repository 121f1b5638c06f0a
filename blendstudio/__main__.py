"""`python -m blendstudio` is the command line."""

import sys

from blendstudio.cli import main

if __name__ == "__main__":
    sys.exit(main())
