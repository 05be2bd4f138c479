"""The fake's OAuth endpoint: who may send is decided by a signature, as at Google's."""

import base64
import json
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

#: google-auth signs for this audience, wherever the file says that tokens are had.
AUDIENCE = "https://oauth2.googleapis.com/token"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def holds(form: bytes, key: rsa.RSAPublicKey) -> bool:
    """Whether a request for a token was signed by the key's other half."""
    sent = parse_qs(form.decode())
    if sent.get("grant_type") != [GRANT]:
        return False
    try:
        head, claims, signature = sent["assertion"][0].split(".")
        key.verify(
            _unbase64(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        return bool(json.loads(_unbase64(claims))["aud"] == AUDIENCE)
    except Exception:  # whatever is wrong with it, the answer is no
        return False


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
