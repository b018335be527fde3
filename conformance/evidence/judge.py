"""Judges identity evidence by the words of its packaging policy, with tools that Segl does not use.

Canonical JSON by rfc8785, tokens by jwcrypto, certificates by cryptography, XML by lxml, CBOR by cbor2. What a rule is called
there (C2, B4, …) stands beside the check here.
The judgement is PASSED, FAILED, or INDETERMINATE where there is a proof of a kind that is not known here (K4).
"""

import base64
import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta

import native
import passkey
import rfc8785
import transaction
from cryptography import x509
from jwcrypto import jwk, jws
from rules import OWN_WORD, TOLERANCE, Failed, Unknown, claim, from_seconds, moment, require, sha256

LEVELS = ["low", "substantial", "high"]
ALGORITHMS = [family + size for family in ("RS", "PS", "ES") for size in ("256", "384", "512")]
EVIDENCE = "application/vnd.segl.identity-evidence+json"
AUTH_REQ_ID = "urn:openid:params:jwt:claim:auth_req_id"
STATUSES = {"transaction-token-status": "transaction-token", "native-signature-status": "native-signature"}


def code_of(digest):
    return base64.b32encode(digest[:5]).decode()


def shown(text, code, limit):
    """C3: the text of consent, cut to fit, a space, and the code. Lengths are those of UTF-16."""
    room = limit - len(code) - 1
    units = text.encode("utf-16-le")
    if len(units) // 2 > room:
        kept = ""
        size = 0
        for character in text:
            size += len(character.encode("utf-16-le")) // 2
            if size > room:
                break
            kept += character
        while len(kept.encode("utf-16-le")) // 2 > room - 1:
            kept = kept[:-1]
        text = kept + "…"
    return f"{text} {code}"


class Evidence:
    def __init__(self, raw):
        self.raw = raw
        self.whole = json.loads(raw)
        self.commitment = self.whole["commitment"]
        self.digest = hashlib.sha256(rfc8785.dumps(self.commitment)).digest()
        self.nonce = base64.urlsafe_b64encode(self.digest).rstrip(b"=").decode()
        self.bound = False
        self.in_app = self.whole["method"].get("flow") == "backchannel"
        self.claims = {}

    def form(self):
        whole = self.whole
        require(whole["version"] == "segl.identity-evidence.v1", "E1", "version")
        require(rfc8785.dumps(whole) == self.raw, "E1", "canonical JSON")
        rest = {name: value for name, value in whole.items() if name != "id"}
        require(whole["id"] == "urn:sha256:" + sha256(rfc8785.dumps(rest)), "E1", "id")
        require(whole["commitmentSha256"] == self.digest.hex(), "C2", "hash of the commitment")
        require(whole["intent"]["code"] == code_of(self.digest), "C3", "code")
        if whole["form"] != "full":
            raise Unknown("the reduced form has no proofs")
        for part in whole["proofs"] + whole["trust"]:
            data = base64.b64decode(part["data"], validate=True)
            require(sha256(data) == part["sha256"], "E1", f"data of {part['role']}")

    def intent(self):
        intent, consent = self.whole["intent"], self.commitment["consent"]
        require(intent["language"] == consent["language"], "C3", "language")
        require(intent["shown"] == shown(consent["text"], intent["code"], intent["limit"]), "C3", "text")

    def times(self, at):
        times = self.whole["times"]
        received = moment(times["received"])
        require(received == at, "E3", "time of receipt")
        require(moment(self.commitment["created"]) <= moment(times["started"]) <= received, "B4", "order of time")
        for part in self.whole["trust"]:
            require(moment(part["fetched"]) <= received + TOLERANCE, "B3", "fetched after receipt")

    def keys(self, role="keys"):
        for part in self.whole["trust"]:
            if part["role"] == role:
                yield from json.loads(base64.b64decode(part["data"]))["keys"]

    def proof(self, role):
        """The bytes of the proof of this role; None: there is none."""
        return next((base64.b64decode(one["data"]) for one in self.whole["proofs"] if one["role"] == role), None)

    def told_by_id_token(self):
        """What it says; whether it holds is judged with it."""
        payload = self.proof("id-token").split(b".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + b"=="))

    def nothing_of_a_provider(self, rule):
        told = self.whole["method"].get("answered") or self.whole["intent"].get("returned")
        require(not told and "authenticated" not in self.whole["times"], rule, "what only a provider could tell")

    def receiver(self, claims):
        client, audience, party = self.whole["method"]["client"], claims.get("aud"), claims.get("azp")
        audiences = audience if isinstance(audience, list) else [audience]
        require(client in audiences, "B4", "audience")
        require(party == client or (party is None and len(audiences) == 1), "B4", "authorized party")

    def valid(self, claims, at):
        issued = from_seconds(max(claims["iat"], claims.get("nbf", claims["iat"])))
        require(issued - TOLERANCE <= at <= from_seconds(claims["exp"]) + TOLERANCE, "B4", "validity")

    def not_simulated(self, claims):
        simulated = claim(claims, "simulated")
        require(self.whole["method"]["test"] or simulated in (None, "false"), "B6", "simulated")

    def verified(self, token, role="keys"):
        """B3. The claims of a token whose signature holds under the one key that fits; its header, and that key."""
        text = token.decode("ascii")
        header = json.loads(base64.urlsafe_b64decode(text.split(".")[0] + "=="))
        algorithm = header.get("alg")
        require(algorithm in ALGORITHMS, "B3", "algorithm")
        require("crit" not in header and "b64" not in header, "B3", "extensions")
        kind = "EC" if algorithm.startswith("ES") else "RSA"
        fitting = [
            key
            for key in self.keys(role)
            if key.get("kty") == kind
            and key.get("use", "sig") == "sig"
            and key.get("alg", algorithm) == algorithm
            and ("kid" not in header or key.get("kid") == header["kid"])
        ]
        require(len(fitting) == 1, "B3", "key")
        opened = jws.JWS()
        opened.allowed_algs = ALGORITHMS
        opened.deserialize(text)
        try:
            opened.verify(jwk.JWK(**{n: v for n, v in fitting[0].items() if isinstance(v, str)}))
        except Exception as error:
            raise Failed(f"B3: signature: {error}") from error
        return json.loads(opened.payload), header, fitting[0]

    def id_token(self, claims, at):
        method, assurance, intent = self.whole["method"], self.whole["assurance"], self.whole["intent"]
        if "nonce" in claims or not self.in_app:
            require(claims.get("nonce") == self.nonce, "B1", "nonce")
            self.bound = True
        require(claims.get("iss") == method["provider"], "B4", "issuer")
        self.receiver(claims)
        self.valid(claims, at)
        if "authenticationinstant" in claims:
            logged_on = moment(claims["authenticationinstant"])
        else:
            logged_on = from_seconds(int(claims.get("auth_time") or claims["iat"]))
        told = self.whole["times"].get("authenticated")
        require(told is not None and moment(told) == logged_on, "B4", "time of the log-on")
        require(logged_on >= moment(self.whole["times"]["started"]) - TOLERANCE, "B4", "older log-on")
        value = claim(claims, assurance["claim"])
        require(value == assurance["value"], "B5", "claim of the level")
        require(assurance["scale"].get(value) == assurance["level"], "B5", "scale")
        answered = method.get("answered")
        if answered:
            require(claim(claims, answered["claim"]) in answered["values"], "B5", "another eID")
        returned = intent.get("returned")
        if returned:
            require(claim(claims, returned["claim"]) == returned["value"] == intent["shown"], "B5", "text")
        self.not_simulated(claims)

    def one_time_code(self, record):
        """B7. What it says of the code cannot be made again without the code."""
        require(self.whole["method"]["provider"] == OWN_WORD, "B7", "issuer")
        require(record["nonce"] == self.nonce, "B1", "nonce")
        self.bound = True
        address = f"{record['channel']}:{record['address'].lower()}".encode()
        require(record["sub"] == sha256(address), "B7", "address")
        require(len(record["code"]) == hashlib.sha256().digest_size * 2, "B7", "keyed hash")
        sent, typed = moment(record["sent"]), moment(record["verified"])
        require(moment(self.commitment["created"]) <= sent <= typed <= sent + timedelta(minutes=10), "B7", "times")
        require(record["verified"] == self.whole["times"]["received"], "B7", "received")
        require(1 <= record["tries"] <= 5, "B7", "tries")
        assurance = self.whole["assurance"]
        self.nothing_of_a_provider("B7")
        require(self.whole["method"]["client"] == "segl", "B7", "client")
        require(assurance["scale"].get(record["channel"]) == "low", "B7", "scale")
        own = (assurance["claim"], assurance["value"], assurance["level"])
        require(own == ("channel", record["channel"], "low"), "B7", "assurance")

    def request(self, asked):
        """What was asked for must be there."""
        require(asked.get("nonce") == self.nonce, "B1", "request")
        if self.in_app:
            self.about(asked)
        require("signtext_type" not in asked or self.proof("transaction-token"), "B8", "token is missing")
        hidden = any(word.startswith("nonVisibleData:") for word in asked.get("login_hint", "").split(" "))
        require(not hidden or self.proof("native-signature"), "B9", "signature is missing")

    def about(self, request):
        """B14: the request is about this commitment, which binds in this flow."""
        require(request.get("nonce") == self.nonce, "B14", "request")
        require(request.get("binding_message") in (None, self.whole["intent"]["shown"]), "B14", "text")
        self.bound = True

    def request_object(self, token):
        method, times = self.whole["method"], self.whole["times"]
        request, _, _ = self.verified(token, "client-keys")
        self.about(request)
        require(request.get("iss") == method["client"], "B14", "who asked")
        require(request.get("aud") == method["provider"], "B14", "who was asked")
        require(request["exp"] > request["iat"], "B14", "validity of the request")
        after, before = moment(times["started"]) - TOLERANCE, moment(times["received"]) + TOLERANCE
        require(after <= from_seconds(request["iat"]) <= before, "B14", "time of the request")
        return request

    def backchannel(self):
        """B14: what belongs together, and what has to be said of it."""
        require("id-token" in self.claims, "B14", "no token answers")
        token, limits = self.claims["id-token"], self.whole["limits"]
        signed, acknowledgement = self.proof("request-object"), self.proof("acknowledgement")
        require(signed or self.proof("request"), "B14", "no request")
        require(acknowledgement, "B14", "no acknowledgement")
        acknowledged = json.loads(acknowledgement)["auth_req_id"]
        require(token.get(AUTH_REQ_ID, acknowledged) == acknowledged, "B14", "another request")
        require("nonce" in token or "request-own-word" in limits, "B14", "limit request-own-word")
        require(AUTH_REQ_ID in token or "request-not-named" in limits, "B14", "limit request-not-named")
        require(signed or "request-not-signed" in limits, "B14", "limit request-not-signed")

    def token(self, role, data, at, anchors):
        if role == "request-object" and self.in_app:
            return self.request_object(data)
        if role == "transaction-token":
            return transaction.judge(self, data, at, anchors)
        claims, _, _ = self.verified(data)
        provider = self.whole["method"]["provider"]
        if role == "id-token":
            self.id_token(claims, at)
        else:
            require(claims.get("iss", provider) == provider, "B4", role)
        return claims

    def proofs(self, at, brokers, people):
        """`brokers`, `people`: the anchors of their certificates."""
        unknown = None
        for proof in self.whole["proofs"]:
            role, kind = proof["role"], proof["mediaType"]
            data = base64.b64decode(proof["data"])
            if kind == "application/jwt":
                self.claims[role] = self.token(role, data, at, brokers)
            elif kind == "application/jose":
                require(data.count(b".") == 4, "B2", f"encrypted form of {role}")
            elif kind == "application/json" and role == "acknowledgement" and self.in_app:
                require(bool(json.loads(data).get("auth_req_id")), "B14", "acknowledgement")
            elif kind == "application/json" and role == "request":
                self.request(json.loads(data))
            elif kind == "application/json" and role == "userinfo":
                claims = json.loads(data)
                require(claims.get("sub") == self.told_by_id_token()["sub"], "I1", "userinfo of somebody else")
                self.claims[role] = claims
            elif kind == "application/vnd.segl.one-time-code+json" and role == "one-time-code":
                record = json.loads(data)
                self.one_time_code(record)
                self.claims[role] = record
            elif kind == "application/vnd.segl.passkey+json" and role == "passkey":
                record = passkey.read(data)
                passkey.judge(self, record)
                self.claims[role] = record
            elif kind == "application/xml" and role == "native-signature":
                native.judge(self, data, at, people)
            elif kind == "application/ocsp-response" and self.proof(STATUSES.get(role)):
                pass  # B11, judged with what it is about
            elif kind == EVIDENCE:
                pass  # B12, judged with the chain
            else:
                unknown = f"{role} as {kind}"
        if unknown:
            raise Unknown(unknown)
        if self.in_app:
            self.backchannel()
        require(self.bound, "B1", "no proof is bound to the commitment")

    def place(self):
        """What a link says of its chain, without what differs between links."""
        commitment = self.commitment
        chain = commitment["chain"]
        return [commitment[one] for one in ("service", "task", "documents")] + [chain["name"], chain["links"]]

    def chain(self, job, is_link):
        """C6, B12, B13. Whether the signer drew is for the package to tell."""
        chain = self.commitment.get("chain")
        before = [one for one in self.whole["proofs"] if one["mediaType"] == EVIDENCE]
        if chain is None:
            require(not before and not is_link, "B12", "a link of no chain")
            return
        place, links = chain["link"], chain["links"]
        require(1 <= place <= len(links) and links[place - 1] == self.whole["method"]["name"], "B12", "place")
        require(self.whole["purpose"] == "sign", "B12", "purpose")
        require(is_link or all(one == "ink" for one in links[place:]), "B13", "links after this one")
        if place == 1:
            require(not before and "previous" not in chain, "B12", "a link before the first")
            return
        require(len(before) == 1 and before[0]["role"] == "link", "B12", "the link before is missing")
        raw = base64.b64decode(before[0]["data"])
        require(sha256(raw) == chain.get("previous"), "B12", "another link before")
        link = Evidence(raw)
        require("chain" in link.commitment and link.place() == self.place(), "B12", "a link of another act")
        require(link.commitment["chain"]["link"] == place - 1, "B12", "order of links")
        received = link.whole["times"]["received"]
        require(moment(received) <= moment(self.commitment["created"]), "B12", "order of time")
        link.judge(defaultdict(str, {**job, "time": received, "sha256": "", "binding": ""}), True)

    def level(self):
        require(
            LEVELS.index(self.whole["assurance"]["level"]) >= LEVELS.index(self.commitment["level"]),
            "B5",
            "level too low",
        )

    def person(self):
        """I1: every fact is what the claims say that it was taken from."""
        subject, method = self.whole["subject"], self.whole["method"]
        number, company = subject.get("nationalId", {}), subject.get("organisation", {})
        facts = {
            "id": subject["id"]["value"],
            "displayName": subject["displayName"],
            "birthDate": subject.get("birthDate"),
            "nationalId": number.get("value"),
            "organisation": company.get("id"),
            "organisationName": company.get("name"),
        }
        for name, value in facts.items():
            if value is None:
                continue
            source = subject["sources"].get(name)
            require(source is not None and source["proof"] in self.claims, "I1", name)
            parts = [claim(self.claims[source["proof"]], one) for one in source["claims"]]
            require(" ".join(part for part in parts if part) == value, "I1", name)
        require(subject["id"]["issuer"] == method["provider"], "I1", "issuer of the id")
        match = self.whole["match"]
        require((match["rule"] == "national-id") == (match["result"] == "equal"), "I2", "match")
        require(match["rule"] == "none" or "nationalId" in subject, "I2", "no number to match")

    def documents(self, job):
        """K3. None are signed by a log-on, which is bound to a word instead."""
        documents = self.commitment["documents"]
        require((len(documents) > 0) == (self.whole["purpose"] == "sign"), "K3", "purpose")
        require((self.commitment.get("binding") or "") == job["binding"], "K3", "binding")
        if job["sha256"]:
            about = (job["sha256"], job["title"], job["type"])
            found = [(one["sha256"], one["title"], one["mediaType"]) for one in documents]
            require(about in found, "K3", "document")

    def judge(self, job, is_link=False):
        at = moment(job["time"])
        self.form()
        self.proofs(at, anchors_in(job["brokers"]), anchors_in(job["people"]))
        self.times(at)
        self.intent()
        self.level()
        self.person()
        self.documents(job)
        self.chain(job, is_link)


def anchors_in(file):
    """Certificates of a PEM file; none where none is named."""
    if not file:
        return []
    with open(file, "rb") as pem:
        return x509.load_pem_x509_certificates(pem.read())


def judge(job):
    try:
        with open(job["file"], "rb") as file:
            Evidence(file.read()).judge(job)
    except Failed as failed:
        return {"indication": "FAILED", "reason": str(failed)}
    except Unknown as unknown:
        return {"indication": "INDETERMINATE", "reason": str(unknown)}
    except Exception as error:  # noqa: BLE001 - what cannot be read is no evidence
        return {"indication": "FAILED", "reason": f"E1: {type(error).__name__}: {error}"}
    return {"indication": "PASSED"}
