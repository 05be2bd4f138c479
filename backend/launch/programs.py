"""The programs that make up the service, and how each is started."""

from collections.abc import Mapping

from backend.launch.children import Child
from backend.launch.folder import Folder

_CELERY = ("-m", "celery", "--quiet", "--no-color", "--app", "backend.celery")


def web(python: str, env: Mapping[str, str], *, door: int) -> Child:
    """Serve HTTP on a port that is open already."""
    argv = [
        python, "-m", "gunicorn", "backend.wsgi:application",
        "--bind", f"fd://{door}",
        "--config", "python:backend.serving.configuration", "--workers", "1", "--threads", "8",
        # Its heartbeat must not wait for a slow disk.
        "--worker-tmp-dir", "/dev/shm",  # noqa: S108 (gunicorn makes a file of its own there)
        "--no-control-socket",
        "--log-level", "warning",
    ]  # fmt: skip
    return Child(name="web", argv=argv, env=env, fds=(door,))


def worker(python: str, env: Mapping[str, str]) -> Child:
    """Send reminders."""
    argv = [
        python, *_CELERY, "worker", "--pool", "prefork", "--concurrency", "1",
        # One worker has nobody to gossip or mingle with; asking costs a second of every start.
        "--without-gossip", "--without-mingle", "--without-heartbeat",
        "--loglevel", "WARNING",
    ]  # fmt: skip
    # In a container everybody is root; Celery's ten lines about that hide what matters.
    return Child(name="worker", argv=argv, env={**env, "PYTHONWARNINGS": "ignore"})


def beat(python: str, env: Mapping[str, str], folder: Folder) -> Child:
    """Wake the worker every few seconds."""
    schedule = folder.path / "beat-schedule"
    argv = [
        python, *_CELERY, "beat", "--schedule", str(schedule), "--pidfile", "",
        "--loglevel", "WARNING",
    ]  # fmt: skip
    return Child(name="beat", argv=argv, env=env)


def first_reminder(python: str, env: Mapping[str, str]) -> Child:
    """Plan a reminder that comes while a visitor is still watching."""
    argv = [python, "-m", "django", "demo_reminder"]
    return Child(name="reminder", argv=argv, env=env, is_kept=False)
