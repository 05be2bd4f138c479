"""The door of the service, with real sockets and a real gunicorn."""
