"""Settings of every test run: test mode, a settable clock, a data folder of its own."""

import os
import tempfile

os.environ.setdefault("SEREIN_MODE", "test")
os.environ.setdefault("SEREIN_CLOCK", "test")
os.environ["SEREIN_DATA"] = tempfile.mkdtemp(prefix="serein-test-")
