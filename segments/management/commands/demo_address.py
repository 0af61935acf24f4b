"""`manage.py demo_address`: see that nothing else serves where the demo is about to."""

import os
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Tries to listen at the port, before anything is made up and an address is printed."""

    help = "Say whether the port in PORT (8000) is free on 127.0.0.1."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        port = os.environ.get("PORT") or "8000"
        if not port.isdecimal() or not 0 < int(port) < 2**16:
            raise CommandError(f"PORT is “{port}”, which is no port. Take one like this: make demo PORT=8080")
        with socket.socket() as free:
            # As the server does: a port in TIME_WAIT after a closed connection is free.
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                free.bind(("127.0.0.1", int(port)))
            except OSError as error:
                raise CommandError(
                    f"Port {port} can't be used ({error.strerror}): perhaps an earlier demo still runs there."
                    " Stop it, or take another port: make demo PORT=8080"
                ) from error
