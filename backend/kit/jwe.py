"""JSON Web Encryption in its compact form, as SMART Health Links have it (RFC 7516).

One algorithm and one encryption: ``dir`` with ``A256GCM``. The key stands with whoever has the
link, never here.
"""

import base64
import os
import zlib

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.kit.crypto import KEY_BYTES, NONCE_BYTES

_TAG_BYTES = 16


def generate_key() -> bytes:
    """Return a new key."""
    return os.urandom(KEY_BYTES)


def encode(raw: bytes) -> str:
    """Write bytes in base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read bytes that ``encode`` wrote.

    :raises ValueError: for what is none.
    """
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def encrypt(plain: bytes, *, key: bytes, content_type: str) -> str:
    """Compress and encrypt a file."""
    head = {"alg": "dir", "cty": content_type, "enc": "A256GCM", "zip": "DEF"}
    protected, nonce = encode(orjson.dumps(head)), os.urandom(NONCE_BYTES)
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    squeezed = squeeze.compress(plain) + squeeze.flush()
    sealed = AESGCM(key).encrypt(nonce, squeezed, protected.encode())
    parts = (nonce, sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:])
    return ".".join([protected, "", *map(encode, parts)])
