"""The web server: gunicorn with a worker of our own, in which slow clients hold up nobody."""
