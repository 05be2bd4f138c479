"""Encryption for browsers (RFC 8291) and the keys that sign for them (RFC 8292).

A message is one record of RFC 8188, encrypted for one subscription with a key of its own.
"""

import base64
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VapidKey = ec.EllipticCurvePrivateKey
#: The one record of a message is shorter than this.
_RECORD_SIZE = 4096
_POINT_BYTES, _AUTH_BYTES = 65, 16
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class InvalidKeys(ValueError):
    """The keys of a subscription are no point of the curve, or no secret of 16 bytes."""


def vapid_key_from(raw: bytes) -> VapidKey:
    """Return the private key that these 32 bytes are: the same for the same bytes."""
    return ec.derive_private_key(int.from_bytes(raw) % (_P256_ORDER - 1) + 1, ec.SECP256R1())


def public_half(key: VapidKey) -> str:
    """Return the public half of a key, as a browser's ``applicationServerKey`` is written."""
    return encode_base64url(_point_bytes(key.public_key()))


def check_receiver(p256dh: str) -> None:
    """Check that something can be encrypted for this public key of a subscription.

    :raises InvalidKeys: where it cannot.
    """
    _point(decode_base64url(p256dh))


def check_secret(auth: str) -> None:
    """Check the secret of a subscription.

    :raises InvalidKeys: where it has not 16 bytes.
    """
    if len(decode_base64url(auth)) != _AUTH_BYTES:
        raise InvalidKeys("auth")


def decode_base64url(text: str) -> bytes:
    """Decode base64url with or without padding; anything else is an invalid subscription.

    :raises InvalidKeys: for other characters.
    """
    try:
        bare = text.rstrip("=")
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidKeys("base64url") from error


def encode_base64url(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _point(raw: bytes) -> ec.EllipticCurvePublicKey:
    if len(raw) != _POINT_BYTES:
        raise InvalidKeys("p256dh")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise InvalidKeys("p256dh") from error


def _point_bytes(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(
    plain: bytes,
    *,
    p256dh: str,
    auth: str,
    salt: bytes | None = None,
    sender: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """Encrypt a message for a subscription, given by its public key and its secret.

    ``salt`` and ``sender`` are new for each message; the worked example of the RFC sets them.

    :raises InvalidKeys: where its keys are none.
    """
    receiver = decode_base64url(p256dh)
    salt = os.urandom(16) if salt is None else salt
    sender = ec.generate_private_key(ec.SECP256R1()) if sender is None else sender
    own = _point_bytes(sender.public_key())
    secret = sender.exchange(ec.ECDH(), _point(receiver))
    shared = _hkdf(secret, decode_base64url(auth), b"WebPush: info\0" + receiver + own, 32)
    key = _hkdf(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(shared, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD_SIZE.to_bytes(4) + bytes([len(own)]) + own
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)
