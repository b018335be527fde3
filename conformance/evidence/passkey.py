"""B10: the assertion of a passkey, and the registration that it rests on."""

import hashlib
import io
import json
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from rules import OWN_WORD, from_base64url, moment, require

MEMBERS = {
    "version", "credentialId", "clientDataJSON", "authenticatorData", "signature",
    "publicKey", "sub", "name", "counter", "registration",
}  # fmt: skip
REGISTRATION = {"at", "aaguid", "fmt", "deviceType", "backedUp", "attestation", "restsOn"}
RESTS_ON = {"method", "eid", "subject", "level", "format", "sha256", "at"}
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
RESERVED = 0xFF & ~(UP | UV | BE | BS | AT | ED)


def item(data, about):
    """One item of CBOR and what follows it. Written again it is the same: nothing is longer than need be, or there twice."""
    stream = io.BytesIO(data)
    value = cbor2.CBORDecoder(stream).decode()
    require(cbor2.dumps(value) == data[: stream.tell()], "B10", f"form of {about}")
    return value, data[stream.tell() :]


def whole(data, about):
    value, rest = item(data, about)
    require(not rest, "B10", f"something after {about}")
    return value


class AuthenticatorData:
    def __init__(self, data):
        require(len(data) >= 37, "B10", "authenticator data")
        self.party, self.flags, self.counter = data[:32], data[32], int.from_bytes(data[33:37], "big")
        rest = data[37:]
        self.key = None
        if self.flags & AT:
            size = int.from_bytes(rest[16:18], "big")
            self.aaguid, self.id, rest = rest[:16].hex(), rest[18 : 18 + size], rest[18 + size :]
            require(len(self.id) == size, "B10", "id of the credential")
            key, after = item(rest, "public key")
            require(isinstance(key, dict), "B10", "public key")
            self.key, rest = rest[: len(rest) - len(after)], after
        if self.flags & ED:
            extensions, rest = item(rest, "extensions")
            require(isinstance(extensions, dict), "B10", "extensions")
        require(not rest, "B10", "something after authenticator data")
        require(not self.flags & RESERVED, "B10", "reserved flags")
        require(self.flags & BE or not self.flags & BS, "B10", "backed up, and may not be")

    def holder(self, party):
        """Somebody who was there and was verified, towards this relying party."""
        require(self.party == hashlib.sha256(party.encode()).digest(), "B10", "relying party")
        require(self.flags & UP and self.flags & UV, "B10", "user present and verified")

    @property
    def device(self):
        return "multi-device" if self.flags & BE else "single-device"


def verify(cose, signature, signed):
    key = whole(cose, "public key")
    members = set(key)
    if key.get(3) == -7:
        require(members == {1, 3, -1, -2, -3} and key[1] == 2 and key[-1] == 1, "B10", "key of ES256")
        require(len(key[-2]) == 32 and len(key[-3]) == 32, "B10", "point of ES256")
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key[-2] + key[-3])
        point.verify(signature, signed, ec.ECDSA(SHA256()))
    elif key.get(3) == -8:
        require(members == {1, 3, -1, -2} and key[1] == 1 and key[-1] == 6, "B10", "key of EdDSA")
        ed25519.Ed25519PublicKey.from_public_bytes(key[-2]).verify(signature, signed)
    elif key.get(3) == -257:
        require(members == {1, 3, -1, -2} and key[1] == 3, "B10", "key of RS256")
        numbers = (int.from_bytes(key[name], "big") for name in (-2, -1))
        public = rsa.RSAPublicNumbers(*numbers).public_key()
        require(public.key_size >= 2048, "B10", "key of RS256 is too short")
        public.verify(signature, signed, padding.PKCS1v15(), SHA256())
    else:
        require(False, "B10", "algorithm")


def read(data):
    record = json.loads(data)
    optional = {"nationalId"} & set(record)
    require(set(record) == MEMBERS | optional and record["version"] == 1, "B10", "members")
    require(set(record["registration"]) == REGISTRATION, "B10", "members of the registration")
    require(set(record["registration"]["restsOn"]) == RESTS_ON, "B10", "members of what it rests on")
    return record


def judge(evidence, record):
    """Binds the evidence where it holds."""
    party, commitment = evidence.whole["method"]["client"], evidence.commitment
    require(evidence.whole["method"]["provider"] == OWN_WORD, "B10", "issuer")
    names = ("credentialId", "clientDataJSON", "authenticatorData", "signature", "publicKey")
    id, client, written, signature, cose = (from_base64url(record[name], "B10", name) for name in names)
    verify(cose, signature, written + hashlib.sha256(client).digest())

    asked = json.loads(client)
    require(asked["challenge"] == evidence.nonce, "B1", "challenge")
    evidence.bound = True
    require(asked["type"] == "webauthn.get", "B10", "type")
    host = urlsplit(asked["origin"]).hostname or ""
    require(asked["origin"] == evidence.whole["context"]["origin"], "B10", "origin")
    require(host == party or host.endswith("." + party), "B10", "origin of another relying party")
    require(asked.get("crossOrigin", False) is False and "topOrigin" not in asked, "B10", "page around it")

    data = AuthenticatorData(written)
    data.holder(party)
    before = record["counter"]
    require(data.counter > before or data.counter == before == 0, "B10", "counter")

    registration = record["registration"]
    rests_on = registration["restsOn"]
    attestation = whole(from_base64url(registration["attestation"], "B10", "attestation"), "attestation")
    require(set(attestation) == {"fmt", "authData", "attStmt"}, "B10", "members of the attestation")
    require(isinstance(attestation["attStmt"], dict), "B10", "statement of the attestation")
    made = AuthenticatorData(attestation["authData"])
    made.holder(party)
    require(made.key == cose and made.id == id, "B10", "another key than was registered")
    require(registration["aaguid"].replace("-", "") == made.aaguid, "B10", "aaguid")
    require(registration["fmt"] == attestation["fmt"], "B10", "format of the attestation")
    require(registration["backedUp"] == bool(made.flags & BS), "B10", "backed up")
    require(registration["deviceType"] == made.device == data.device, "B10", "device")
    times = (rests_on["at"], registration["at"], commitment["created"])
    require(sorted(times, key=moment) == list(times), "B10", "order of time")
    require(record["sub"] == f"{rests_on['eid']}:{rests_on['subject']}", "B10", "subject")

    assurance = evidence.whole["assurance"]
    own = (assurance["claim"], assurance["value"], assurance["level"])
    require(own == ("registration.deviceType", made.device, "low"), "B10", "assurance")
    require(assurance["scale"].get(made.device) == "low", "B10", "scale")
    evidence.nothing_of_a_provider("B10")
