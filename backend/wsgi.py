"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from backend.kit.db.postgres import roles

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
application = get_wsgi_application()
roles.check_serving_role()
