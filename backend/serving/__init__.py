"""The door of the service: gunicorn with a worker that slow clients hold up no more than others."""
