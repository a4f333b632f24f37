"""A bare Django page behind a2wsgi: what a machine takes for the least that such a server does.

The issue gives others' times together with this page's (0.8 ms), so that machines can be compared.
"""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench._figures import Act
from tests.serving import free_port

THEIRS_MS = 0.8
READY_WITHIN_S = 20.0
SERVE = """
import sys
import django
import uvicorn
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.http import HttpResponse
from django.urls import path
settings.configure(
    SECRET_KEY="bare", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[], DATABASES={}
)
urlpatterns = [path("", lambda request: HttpResponse("a page"))]
django.setup()
from django.core.handlers.wsgi import WSGIHandler
uvicorn.run(WSGIMiddleware(WSGIHandler()), port=int(sys.argv[1]), log_level="critical")
"""


@contextmanager
def bare_page() -> Iterator[Act]:
    """Ask for the page, on a connection that stays open."""
    port = free_port()
    alone = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    with subprocess.Popen([sys.executable, "-c", SERVE, str(port)], env=alone) as child:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def ask() -> None:
            line.request("GET", "/")
            answer = line.getresponse().read()
            assert answer == b"a page", answer

        try:
            _wait_for(line)
            yield ask
        finally:
            line.close()
            child.terminate()


def _wait_for(line: http.client.HTTPConnection) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            line.connect()
        except ConnectionError:
            assert time.monotonic() < until, "the bare page did not come up"
            time.sleep(0.05)
        else:
            return
