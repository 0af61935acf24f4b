"""An application for Gunicorn whose answers wait for each other, and workers that differ in one thing."""

import os
import time
from pathlib import Path

from config.fair_worker import FairWorker

GIVES_UP_S = 60
"""Before who asks does, so that a server whose test fails can end."""


class Forgetful(FairWorker):
    """What it answers stands in nobody's way from the beginning."""

    lately_s = 0.0


class Mindful(FairWorker):
    """All that it answers began lately."""

    lately_s = 86_400.0


def application(environ, start_response):
    """Answer with the process's number, once so many requests have come in as the address says."""
    folder, many = Path(os.environ["WAITING_IN"]), int(environ["PATH_INFO"].strip("/"))
    (folder / environ["QUERY_STRING"]).touch()
    until = time.monotonic() + GIVES_UP_S
    while len(list(folder.iterdir())) < many and time.monotonic() < until:
        time.sleep(0.02)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
