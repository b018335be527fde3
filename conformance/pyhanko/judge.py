"""Asks pyHanko about one PDF: `file`, `anchors` (DER files), `time` (ISO 8601; none: now), `ocsps` (DER files).

Every signature is judged by the process of EN 319 102-1 that is for what it carries: basic signatures (5.3), signatures
with time (5.5), signatures with long-term availability and integrity of validation material (5.6); the changes behind it
by pyHanko's rules; and where `future` is asked for by a simulation of the last five years later with perfect time-stamp
maintenance. Nothing is fetched.
"""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from asn1crypto import ocsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko.sign.validation.ades import (
    ades_basic_validation,
    ades_lta_validation,
    ades_with_time_validation,
    simulate_future_ades_lta_validation,
)
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import OCSPContainer


def read(path):
    with open(path, "rb") as file:
        return file.read()


def load(path):
    return x509.Certificate.load(read(path))


def spec_for(anchors, ocsps):
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[load(path) for path in anchors]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    answers = [OCSPContainer(ocsp.OCSPResponse.load(read(path))) for path in ocsps]
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
            local_knowledge=LocalKnowledge(known_ocsps=answers),
        )
    )


def told(result):
    reason = result.failure_msg if hasattr(result, "failure_msg") else None
    return {
        "indication": result.ades_subindic.status.name,
        "subIndication": result.ades_subindic.name,
        **({"reason": reason} if reason else {}),
    }


async def answered(run):
    try:
        return told(await run)
    except Exception as error:  # noqa: BLE001 - whatever it finds is its answer
        return {"indication": "ERROR", "reason": f"{type(error).__name__}: {error}"}


def changes(signature):
    """Whether what came behind it is what may come there: pyHanko tells it beside the indication."""
    try:
        signature.compute_integrity_info()
        return {
            "coverage": signature.evaluate_signature_coverage().name,
            "isAllowed": signature.summarise_integrity_info()["docmdp_ok"],
        }
    except Exception as error:  # noqa: BLE001
        return {"coverage": "UNCLEAR", "isAllowed": False, "problem": f"{type(error).__name__}: {error}"}


def carried(signature):
    """Answers and certificates in the document security store."""
    try:
        store = DocumentSecurityStore.read_dss(signature.reader)
    except NoDSSFoundError:
        return LocalKnowledge()
    answers = [OCSPContainer(ocsp.OCSPResponse.load(one.get_object().data)) for one in store.ocsps]
    return LocalKnowledge(known_ocsps=answers, known_certs=list(store.load_certs()))


async def process(signature, pdf_spec, at):
    """The process for what the signature carries."""
    stamps = signature.reader.embedded_timestamp_signatures
    if any(stamp.signed_revision > signature.signed_revision for stamp in stamps):
        return await ades_lta_validation(signature, pdf_spec, **at)
    spec, known = pdf_spec.signature_validation_spec, carried(signature)
    given = spec.local_knowledge
    knowledge = LocalKnowledge(
        known_ocsps=given.known_ocsps + known.known_ocsps, known_certs=given.known_certs + known.known_certs
    )
    is_stamped = any(extract_tst_data_iter(signature.signer_info, signed=False))
    return await (ades_with_time_validation if is_stamped else ades_basic_validation)(
        signature.signed_data,
        replace(spec, local_knowledge=knowledge),
        raw_digest=signature.compute_digest(),
        **at,
    )


async def judge(job):
    time = job["time"]
    now = datetime.fromisoformat(time.replace("Z", "+00:00")) if time else datetime.now(tz=timezone.utc)
    at = {"timing_info": ValidationTimingInfo(now, now, point_in_time_validation=False)} if time else {}
    anchors, ocsps = job.list("anchors"), job.list("ocsps")
    answers = []
    with open(job["file"], "rb") as file:
        reader = PdfFileReader(file, strict=False)
        for signature in reader.embedded_regular_signatures:
            certified = signature.docmdp_level is not None
            answer = {"name": signature.field_name, "isCertified": certified, **changes(signature)}
            answer["now"] = await answered(process(signature, spec_for(anchors, ocsps), at))
            if job["future"]:
                later = now + timedelta(days=5 * 365)
                answer["fiveYears"] = await answered(
                    simulate_future_ades_lta_validation(signature, spec_for(anchors, ocsps), later, now)
                )
            answers.append(answer)
    return {"signatures": answers}
