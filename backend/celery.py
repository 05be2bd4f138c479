"""The Celery application. It wakes the reminder engine; nothing is stored only in its broker."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from backend.kit import broker_health
from backend.kit.db.postgres import roles

VISIBILITY_SECONDS = 300
SWEEP_SECONDS = 300.0

TRANSPORT_ALIASES["filesystem"] = "backend.filesystem_broker:Transport"
app = Celery("between")


def _filesystem_broker_options() -> dict[str, object]:
    """Return the options of a broker that is a folder; a lost message costs one tick."""
    for name in ("messages", "done", "control"):
        (settings.BROKER_FOLDER / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    messages = str(settings.BROKER_FOLDER / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "processed_folder": str(settings.BROKER_FOLDER / "done"),
        "control_folder": str(settings.BROKER_FOLDER / "control"),
        "store_processed": False,
        "polling_interval": 0.05,
    }


def _every(seconds: float, task: str) -> dict[str, object]:
    """Return a schedule entry; a message that nobody took expires before the next one."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


_url = settings.BROKER_URL
app.conf.update(
    broker_url=_url,
    broker_transport_options=(
        _filesystem_broker_options()
        if _url.startswith("filesystem")
        else {"visibility_timeout": VISIBILITY_SECONDS, "confirm_publish": True}
    ),
    result_backend_transport_options={"visibility_timeout": VISIBILITY_SECONDS},
    visibility_timeout=VISIBILITY_SECONDS,
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_soft_time_limit=50,
    task_time_limit=60,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=20,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    # Nobody commands a worker from afar: the database says what is to be done.
    worker_enable_remote_control=False,
    # The console gateway prints; as log lines its sentences would be filtered out.
    worker_redirect_stdouts=False,
    timezone="UTC",
    beat_schedule={
        "dispatch": _every(settings.REMINDER_TICK_SECONDS, "notifications.tasks.dispatch_due"),
        "exports": _every(settings.REMINDER_TICK_SECONDS, "notifications.tasks.make_exports"),
        "seal_audit": _every(60.0, "notifications.tasks.seal_audit"),
        "sweep": _every(SWEEP_SECONDS, "notifications.tasks.sweep_reminders"),
        "safety": _every(settings.REMINDER_TICK_SECONDS, "notifications.tasks.call_about_safety"),
        "resets": _every(settings.REMINDER_TICK_SECONDS, "notifications.tasks.send_resets"),
        "reminder_mails": _every(
            settings.REMINDER_TICK_SECONDS, "notifications.tasks.mail_reminders"
        ),
        "emergencies": _every(
            settings.REMINDER_TICK_SECONDS, "notifications.tasks.tell_of_emergencies"
        ),
    },
)
app.autodiscover_tasks(["notifications"])


@worker_init.connect
@beat_init.connect
def _require_broker(**_: Any) -> None:
    """Exit where the broker does not answer; the supervisor starts the process again."""
    if not broker_health.is_broker_reachable(settings.BROKER_URL, folder=settings.BROKER_FOLDER):
        raise SystemExit("Refusing to start: no broker answers at BETWEEN_BROKER_URL.")


@worker_init.connect
def _require_serving_role(**_: Any) -> None:
    """Exit where row policies don't bind the role; Celery goes on after other exceptions."""
    try:
        roles.check_serving_role()
    except ImproperlyConfigured as fault:
        raise SystemExit(str(fault)) from None
