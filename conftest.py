"""Settings of every test run: test mode, a settable clock, a data folder of its own."""

import os
import tempfile

import django

os.environ.setdefault("SEREIN_MODE", "test")
os.environ.setdefault("SEREIN_CLOCK", "test")
os.environ["SEREIN_DATA"] = tempfile.mkdtemp(prefix="serein-test-")

# Named here and not in pyproject.toml, whose setting is read before the lines above have run.
os.environ["DJANGO_SETTINGS_MODULE"] = "serein.server.settings"
django.setup()
