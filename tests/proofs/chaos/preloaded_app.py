"""The real application with every door loaded, so that a worker that replaces another is ready."""

from importlib import import_module

from django.conf import settings

from backend.wsgi import application

__all__ = ["application"]

# Django loads the doors at the first request: seconds in which a killed worker would not be missed.
import_module(settings.ROOT_URLCONF)
