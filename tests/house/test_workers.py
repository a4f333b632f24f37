"""Each process of a test run has a folder of its own, and so a clock of its own."""

import os
from pathlib import Path

from django.conf import settings


def test_the_settings_name_the_folder_that_this_process_made():
    assert Path(os.environ["SEREIN_DATA"]) == settings.SEREIN_DATA
