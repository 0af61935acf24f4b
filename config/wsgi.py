"""The application for a WSGI server."""

import os

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils.module_loading import import_string

from config.environment import told_in_one_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with told_in_one_line():
    application = get_wsgi_application()
    if connection.vendor == "sqlite":
        # A server of databases may come later; a folder that can't be written stays so.
        connection.ensure_connection()
        connection.close()

# Servers keep columns of partners in memory; commands, which end soon, do not.
import_string("segments.query.columns.store.STORE").switch_on()
