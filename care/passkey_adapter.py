"""What django-allauth's second factors ask of this house."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser

from backend.kit.cipher import master_keys

NAME = "Between Sessions"


class Adapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """Keep secrets under our master keys, and name nobody in a passkey."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for storage."""
        return base64.b64encode(master_keys().seal(text.encode(), bound_to="allauth")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret.

        :raises backend.kit.cipher.Unreadable: when it isn't one of ours.
        """
        return master_keys().open(base64.b64decode(encrypted_text), bound_to="allauth").decode()

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, object]:
        """Name the user as they name themselves at sign-in."""
        return {
            "id": str(user.pk).encode(),
            "display_name": str(user.get_username()),
            "name": str(user.get_username()),
        }

    def _get_site_name(self) -> str:
        return NAME
