"""Whether somebody has a second factor."""

from allauth.mfa.models import Authenticator

from care.models import RecoveryCode, User


def has_second_factor(*, user: User) -> bool:
    """Whether a sign-in of this user needs a one-time code or a passkey."""
    return bool(
        Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()
    )


def unused_recovery_codes(*, user: User) -> int:
    """Count the recovery codes that are left."""
    return RecoveryCode.objects.filter(user_id=user.pk, used_at__isnull=True).count()
