"""What Celery calls in this room; running twice, late or never at one tick is harmless."""

from celery import shared_task
from django.utils import timezone

from care.audit.seal import seal_access_log


@shared_task(name="care.tasks.seal_audit")
def seal_audit(**_: object) -> None:
    """Seal the access log, each minute."""
    seal_access_log(now=timezone.now())
