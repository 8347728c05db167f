"""What holds for every test: of the hundreds of programs that it starts, each is compiled once and not each time."""

import os
import sys

sys.dont_write_bytecode = False  # images for containers often ask for this, where nothing is started twice
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
