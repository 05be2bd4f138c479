"""How gunicorn serves, here and in production: ``gunicorn --config python:backend.serving…``.

``backend/cli/supervisor.py`` and docs/operations.md use it; what a clinic changes (``--bind``,
``--workers``, ``--threads``) it gives on the command line.
"""

worker_class = "backend.serving.worker.Worker"
threads = 8
#: Clients of one worker at a time; the one that is slow for longest makes room for the next.
worker_connections = 500
keepalive = 5
graceful_timeout = 10
#: Of our own requests none has a longer first line; the whole head has its own limit.
limit_request_line = 8190
#: Who asked for what stands in the access log of the database, without addresses and tokens.
accesslog = None
