"""A passkey in software, for tests: it answers challenges as a browser's script sends them on."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256, CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG
HOST = "testserver"


@dataclass
class SoftPasskey:
    """One credential. What a test changes of it is what an attacker or a broken key would."""

    credential_id: bytes = field(default_factory=lambda: uuid4().bytes)
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    sign_count: int = 0
    flags: FLAG = FLAG.UP | FLAG.UV
    transports: tuple[str, ...] = ("internal", "cable")

    def create(
        self, options: dict[str, Any], *, host: str = HOST, origin: str = "", key: Any = None
    ) -> dict[str, Any]:
        """Answer the options for a new passkey."""
        made: Any = ES256  # its methods have no types
        public: CoseKey = key or made.from_cryptography_key(self.secret.public_key())
        attested = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public)
        data = AuthenticatorData.create(
            _hash(host), self.flags | FLAG.AT, self.sign_count, attested
        )
        client = _client_data("webauthn.create", options, origin or f"https://{host}")
        return self._answer(
            clientDataJSON=client,
            attestationObject=AttestationObject.create("none", data, {}),
            transports=list(self.transports),
        )

    def get(
        self, options: dict[str, Any], *, host: str = HOST, origin: str = "", kind: str = "get"
    ) -> dict[str, Any]:
        """Answer the challenge of a sign-in."""
        data = AuthenticatorData.create(_hash(host), self.flags, self.sign_count)
        client = _client_data(f"webauthn.{kind}", options, origin or f"https://{host}")
        return self._answer(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.secret.sign(data + client.hash, ec.ECDSA(hashes.SHA256())),
        )

    def _answer(self, **response: Any) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        told = {
            key: websafe_encode(value) if isinstance(value, bytes) else value
            for key, value in response.items()
        }
        return {
            "id": name, "rawId": name, "type": "public-key", "response": told,
            "clientExtensionResults": {},
        }  # fmt: skip


def _client_data(kind: str, options: dict[str, Any], origin: str) -> CollectedClientData:
    return CollectedClientData.create(kind, options["publicKey"]["challenge"], origin)


def _hash(host: str) -> bytes:
    return hashlib.sha256(host.partition(":")[0].encode()).digest()
