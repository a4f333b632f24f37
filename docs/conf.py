"""How the documentation is built: MyST pages, furo's look, warnings as errors."""

from serein import __version__

project = "Serein"
author = "The Serein contributors"
copyright = "The Serein contributors"  # noqa: A001  the name Sphinx reads
version = release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Serein"
html_copy_source = False
suppress_warnings: list[str] = []
