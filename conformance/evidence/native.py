"""B9: the signature that BankID (Sweden) makes itself, read with lxml."""

import base64
import hashlib

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from lxml import etree

from certificates import extension, path_to, status
from rules import claim, require

DS = "{http://www.w3.org/2000/09/xmldsig#}"
BANKID = "{http://www.bankid.com/signature/v1.0.0/types}"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
DIGEST = "http://www.w3.org/2001/04/xmlenc#sha256"
SIGNATURE = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def elements(parent):
    return [one for one in parent if isinstance(one.tag, str)]


def expect(found, *tags):
    require([one.tag for one in found] == list(tags), "B9", f"{tags[0]} and what stands beside it")
    return found


def text(element):
    require(len(element) == 0, "B9", f"text of {element.tag}")
    return element.text or ""


def binary(element):
    return base64.b64decode("".join(text(element).split()), validate=True)


def only(parent, name):
    [found] = expect(parent.findall(BANKID + name), BANKID + name)
    return found


def utf8(element):
    require(element.get("charset", "UTF-8") == "UTF-8", "B9", "charset")
    return binary(element).decode("utf-8")


def canonical(element):
    # as a document of its own: in a part of one, this version of libxml2 takes default namespaces away from what is deeper
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(alone.getroottree(), method="c14n", exclusive=False, with_comments=False)


def algorithm(element, name):
    require(element.get("Algorithm") == name and not elements(element), "B9", f"algorithm of {element.tag}")


def referred(reference, ids):
    """The element whose digest holds."""
    transforms, method, value = expect(
        elements(reference), DS + "Transforms", DS + "DigestMethod", DS + "DigestValue"
    )
    for one in expect(elements(transforms), *[DS + "Transform"] * max(1, len(elements(transforms)))):
        algorithm(one, C14N)
    algorithm(method, DIGEST)
    uri = reference.get("URI", "")
    require(uri.startswith("#") and uri[1:] in ids, "B9", "reference")
    element = ids[uri[1:]]
    require(hashlib.sha256(canonical(element)).digest() == binary(value), "B9", f"digest of {uri}")
    return element


def ids_of(root):
    found = {}
    for element in root.iter("*"):
        for name, value in element.attrib.items():
            if name.lower() == "id":
                require(value.lower() not in map(str.lower, found), "B9", "an Id twice")
                found[value] = element
    return found


def read(data):
    """The signed data, and the certificates, of a signature that holds."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(data, parser)
    require(root.getroottree().docinfo.internalDTD is None, "B9", "DTD")
    require(root.tag == DS + "Signature", "B9", "no signature")
    info, value, key, outer = expect(
        elements(root), DS + "SignedInfo", DS + "SignatureValue", DS + "KeyInfo", DS + "Object"
    )
    [signed] = expect(elements(outer), BANKID + "bankIdSignedData")
    method, kind, *references = expect(
        elements(info), DS + "CanonicalizationMethod", DS + "SignatureMethod", DS + "Reference", DS + "Reference"
    )
    algorithm(method, C14N)
    algorithm(kind, SIGNATURE)
    ids = ids_of(root)
    found = [referred(one, ids) for one in references]
    require(key in found and signed in found, "B9", "what is signed")
    chain = [x509.load_der_x509_certificate(binary(one)) for one in key.iter(DS + "X509Certificate")]
    require(chain, "B9", "no certificate")
    chain[0].public_key().verify(binary(value), canonical(info), padding.PKCS1v15(), SHA256())
    return signed, chain


def judge(evidence, data, at, anchors):
    """Binds the evidence where it holds."""
    signed, chain = read(data)
    token = evidence.told_by_id_token()
    given = claim(token, "evidence")
    require(given is not None and base64.b64decode(given) == data, "B9", "not that of the token")
    require(text(only(only(signed, "clientInfo"), "funcId")) == "Signing", "B9", "made to log on")
    require(utf8(only(signed, "usrVisibleData")) == evidence.whole["intent"]["shown"], "B9", "another text")
    members = ("title", "mediaType", "sha256")
    documents = [{name: one[name] for name in members} for one in evidence.commitment["documents"]]
    hidden = rfc8785.dumps({"commitment": evidence.nonce, "documents": documents}).decode()
    require(utf8(only(signed, "usrNonVisibleData")) == hidden, "B1", "other data")
    numbers = [one.value for one in chain[0].subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
    told = (claim(token, "ssn"), evidence.whole["subject"].get("nationalId", {}).get("value"))
    require(len(numbers) == 1 and all(one in (None, numbers[0]) for one in told), "B9", "another person")
    if anchors:
        path = path_to(chain[0], chain[1:], anchors, at)
        constraints = extension(chain[0], x509.BasicConstraints)
        require(path and len(path) > 1 and not (constraints and constraints.ca), "B9", "path of the certificate")
        status(evidence.proof("native-signature-status"), *path[:2], at, any_responder=True)
    evidence.bound = True
