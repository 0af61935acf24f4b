#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import connection

from config.environment import told_in_one_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with told_in_one_line():
        if sys.argv[1:2] == ["runserver"]:
            # Its reloader opens the database in a thread, and would go on without one.
            connection.ensure_connection()
        execute_from_command_line(sys.argv)
