"""B8: the token of a broker that it showed what was signed, under a certificate of its organisation."""

import base64
import hashlib
import re
import unicodedata

from cryptography import x509
from cryptography.x509.oid import NameOID

from certificates import extension, path_to, status
from rules import TOLERANCE, Unknown, claim, from_seconds, moment, require

SIGNED = "mitid.transaction_signing"
ORGANISATION = re.compile(r"^\d+(\.\d+)*\.3\.7(\.\d+)?$")
HOLDER = re.compile(r"^UI:DK-O:G:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
COMPANY = re.compile(r"^NTRDK-\d{8}$")
TYPES = {"application/pdf": "pdf", "text/plain": "text"}


def plain(text):
    out = ""
    for character in text:
        if unicodedata.category(character) not in ("Cc", "Cf"):
            out += character
        elif not out.endswith("\0"):
            out += "\0"
    return out.replace("\0", " ").strip()


def shown(commitment, code):
    """The kind of what was shown, and its digest."""
    documents = commitment["documents"]
    if len(documents) == 1 and documents[0]["mediaType"] in TYPES:
        return TYPES[documents[0]["mediaType"]], bytes.fromhex(documents[0]["sha256"])
    parts = [plain(commitment["consent"]["text"])]
    for number, one in enumerate(documents, 1):
        about = f"{plain(one['mediaType'])}, {one['size']} bytes"
        parts.append(f"{number}. {plain(one['title'])}\n{about}\nSHA-256 {one['sha256']}")
    return "text", hashlib.sha256("\n\n".join([*parts, code]).encode()).digest()


def once(certificate, oid):
    values = [one.value for one in certificate.subject.get_attributes_for_oid(oid)]
    require(len(values) == 1, "B8", f"{oid.dotted_string} of the certificate")
    return values[0]


def owner(certificate):
    constraints, usage = extension(certificate, x509.BasicConstraints), extension(certificate, x509.KeyUsage)
    require(not constraints or not constraints.ca, "B8", "certificate of an authority")
    require(usage and usage.digital_signature and usage.content_commitment, "B8", "not for signatures that commit")
    require(not usage.key_cert_sign and not usage.crl_sign, "B8", "key of an authority")
    policies = [one.policy_identifier.dotted_string for one in extension(certificate, x509.CertificatePolicies) or []]
    require(any(ORGANISATION.match(one) for one in policies), "B8", "policy")
    require(HOLDER.match(once(certificate, NameOID.SERIAL_NUMBER)), "B8", "holder")
    require(COMPANY.match(once(certificate, NameOID.ORGANIZATION_IDENTIFIER)), "B8", "company")
    require(once(certificate, NameOID.ORGANIZATION_NAME) and once(certificate, NameOID.COMMON_NAME), "B8", "names")


def certified(evidence, key, claims, at, anchors):
    """The certificate at receipt: whose it is, where it leads to, and that it was good."""
    chain = [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in key.get("x5c") or []]
    require(chain, "B8", "no certificate")
    numbers = chain[0].public_key().public_numbers()
    own = (numbers.n, numbers.e) if key["kty"] == "RSA" else (numbers.x, numbers.y)
    members = ("n", "e") if key["kty"] == "RSA" else ("x", "y")
    told = tuple(int.from_bytes(base64.urlsafe_b64decode(key[one] + "=="), "big") for one in members)
    require(own == told, "B8", "certificate of another key")
    kept = [
        x509.load_der_x509_certificate(base64.b64decode(one["data"]))
        for one in evidence.whole["trust"]
        if one["role"] == "certificate" and one["mediaType"] == "application/pkix-cert"
    ]
    path = path_to(chain[0], [*chain[1:], *kept], anchors, at)
    require(path and len(path) > 1, "B8", "path of the certificate")
    if any("Den Danske Stat" in one.value for one in path[-1].subject):
        raise Unknown("brokers below public roots are not known here")
    owner(chain[0])
    nonce = claims.get("signing_cert_ocsp_nonce")
    answer = evidence.proof("transaction-token-status")
    status(answer, *path[:2], at, nonce=None if nonce is None else base64.b64decode(nonce))


def judge(evidence, token, at, anchors):
    """Binds the evidence where it holds, as what was shown follows from the commitment alone."""
    claims, header, key = evidence.verified(token)
    require("kid" in header, "B8", "no name of the key")
    certified(evidence, key, claims, at, anchors)
    method, assurance, whole = evidence.whole["method"], evidence.whole["assurance"], evidence.whole
    require(claims.get("iss") == method["provider"], "B8", "issuer")
    evidence.receiver(claims)
    evidence.valid(claims, at)
    require(from_seconds(claims["iat"]) >= moment(whole["times"]["started"]) - TOLERANCE, "B8", "older token")
    evidence.not_simulated(claims)
    require(claim(claims, assurance["claim"]) in (None, assurance["value"]), "B8", "level")
    kind, digest = shown(evidence.commitment, whole["intent"]["code"])
    require(claims.get("transaction_text_type") == kind, "B8", "kind of what was shown")
    require(claims.get("transaction_text_sha256") == base64.b64encode(digest).decode(), "B8", "what was shown")
    actions = claims.get("transaction_actions")
    require(SIGNED in (actions if isinstance(actions, list) else [actions]), "B8", "not signed")
    log_on = evidence.told_by_id_token()
    for name in ("transaction_id", "sub"):
        value = claim(claims, name)
        require(value is not None and value == claim(log_on, name), "B8", f"{name} of another log-on")
    require(claims.get("nonce", evidence.nonce) == evidence.nonce, "B8", "nonce")
    person = claims.get("mitid.uuid", claims["mitid"].get("uuid") if isinstance(claims.get("mitid"), dict) else None)
    require(person in (None, whole["subject"]["id"]["value"]), "B8", "another person")
    evidence.bound = True
    return claims
