"""Paths of certificates (RFC 5280) and B11: the status of one, as an OCSP answer tells it."""

import hashlib
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from rules import Failed, require

CLOCKS = timedelta(minutes=5)
DAY = timedelta(days=1)
LONGEST = 8
KNOWN = {
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}
GOOD_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def extension(certificate, kind):
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def is_sound(certificate, at):
    """By itself, at this time."""
    strange = [one.oid for one in certificate.extensions if one.critical and one.oid not in KNOWN]
    key = certificate.public_key()
    strong = key.key_size >= (2048 if isinstance(key, rsa.RSAPublicKey) else 256)
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc and not strange and strong


def issued(issuer, certificate):
    """Whether this key signed it, with a digest that is good."""
    if certificate.issuer != issuer.subject or not isinstance(certificate.signature_hash_algorithm, GOOD_HASHES):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
        return True
    except (InvalidSignature, ValueError, TypeError):
        return False


def may_issue(issuer, below):
    constraints, usage = extension(issuer, x509.BasicConstraints), extension(issuer, x509.KeyUsage)
    if not constraints or not constraints.ca or (usage and not usage.key_cert_sign):
        return False
    return constraints.path_length is None or below <= constraints.path_length


def path_to(leaf, others, anchors, at):
    """From a certificate to one that is trusted, itself first; None: there is none."""

    def extend(path):
        last = path[-1]
        if not is_sound(last, at):
            return None
        if last in anchors:
            return path
        if len(path) == LONGEST:
            return None
        for issuer in [*anchors, *others]:
            if issuer not in path and may_issue(issuer, len(path) - 1) and issued(issuer, last):
                found = extend([*path, issuer])
                if found:
                    return found
        return None

    return extend([leaf])


def names(response, certificate):
    """Whether it is the responder that the answer tells."""
    if response.responder_name is not None:
        return response.responder_name == certificate.subject
    return response.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def verify_answer(response, key):
    data, value, digest = response.tbs_response_bytes, response.signature, response.signature_hash_algorithm
    require(isinstance(digest, GOOD_HASHES), "B11", "digest")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, data, padding.PKCS1v15(), digest)
        else:
            key.verify(value, data, ec.ECDSA(digest))
    except InvalidSignature as error:
        raise Failed("B11: signature") from error


def status(data, certificate, issuer, at, nonce=None, any_responder=False):
    """B11. Good at this time; `nonce`: the one that an answer must have that has one."""
    require(data is not None, "B11", "no answer is there")
    response = ocsp.load_der_ocsp_response(data)
    require(response.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL, "B11", "no answer")
    about = [one for one in response.responses if one.serial_number == certificate.serial_number and is_of(one, issuer)]
    require(len(about) == 1, "B11", "not about this certificate")
    [single] = about
    produced = response.produced_at_utc
    responder = responder_of(response, issuer, max(at, produced), any_responder)
    verify_answer(response, responder.public_key())
    for one in response.extensions:
        require(not one.critical or one.oid == x509.OCSPNonce.oid, "B11", "critical extension")
        if one.oid == x509.OCSPNonce.oid and nonce is not None:
            require(one.value.nonce in (nonce, b"\x04" + bytes([len(nonce)]) + nonce), "B11", "nonce")
    this, until = single.this_update_utc, single.next_update_utc
    require(max(this, produced) <= at + CLOCKS, "B11", "too young")
    require(until is None or until >= this, "B11", "times")
    require((until or this + DAY) + CLOCKS >= at, "B11", "out of date")
    require(single.certificate_status == ocsp.OCSPCertStatus.GOOD, "B11", "not good")


def is_of(single, issuer):
    """It names the authority by hashes of its name and key."""
    digest = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}.get(single.hash_algorithm.name, hashlib.sha512)
    bits = issuer.public_key()
    if isinstance(bits, rsa.RSAPublicKey):
        bits = bits.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    else:
        bits = bits.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    name = issuer.subject.public_bytes()
    return single.issuer_name_hash == digest(name).digest() and single.issuer_key_hash == digest(bits).digest()


def responder_of(response, issuer, at, any_responder):
    if names(response, issuer):
        return issuer
    for one in response.certificates:
        usage, purposes = extension(one, x509.KeyUsage), extension(one, x509.ExtendedKeyUsage)
        unchecked = extension(one, x509.OCSPNoCheck)
        if (
            names(response, one)
            and issued(issuer, one)
            and is_sound(one, at)
            and purposes is not None
            and ExtendedKeyUsageOID.OCSP_SIGNING in purposes
            and (usage is None or usage.digital_signature)
            and (any_responder or unchecked is not None)
        ):
            return one
    raise Failed("B11: responder")
