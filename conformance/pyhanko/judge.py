"""Asks pyHanko about one PDF after the other: jobs and answers as those of the DSS judge, one line each.

A job: file, trust anchors (DER files, vertical bars between them), unused, time (ISO 8601; empty: now), unused. Every
signature is judged by the LTA validation process of EN 319 102-1, and by a simulation of the same five years later
with perfect time-stamp maintenance. Nothing is fetched.
"""

import asyncio
import json
import logging
import sys
from datetime import datetime, timedelta, timezone

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation, simulate_future_ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager


logging.disable(logging.CRITICAL)


def load(path):
    with open(path, "rb") as file:
        return x509.Certificate.load(file.read())


def spec_for(anchors):
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[load(path) for path in anchors]),
        revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO),
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
                certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
            ),
        )
    )


def told(result):
    reason = result.failure_msg if hasattr(result, "failure_msg") else None
    return {
        "indication": result.ades_subindic.status.name,
        "subIndication": result.ades_subindic.name,
        **({"reason": reason} if reason else {}),
    }


async def judge(path, anchors, time):
    now = datetime.fromisoformat(time.replace("Z", "+00:00")) if time else datetime.now(tz=timezone.utc)
    answers = []
    with open(path, "rb") as file:
        reader = PdfFileReader(file, strict=False)
        for signature in reader.embedded_regular_signatures:
            spec = spec_for(anchors)
            signature.compute_integrity_info()
            answer = {
                "name": signature.field_name,
                "coverage": signature.evaluate_signature_coverage().name,
            }
            for name, run in (
                ("lta", lambda: ades_lta_validation(signature, spec)),
                (
                    "fiveYears",
                    lambda: simulate_future_ades_lta_validation(
                        signature, spec, now + timedelta(days=5 * 365), now
                    ),
                ),
            ):
                try:
                    answer[name] = told(await run())
                except Exception as error:  # noqa: BLE001 - whatever it finds is its answer
                    answer[name] = {"indication": "ERROR", "reason": f"{type(error).__name__}: {error}"}
            answers.append(answer)
    return {"signatures": answers}


for line in sys.stdin:
    name, anchors, _, time, _ = line.rstrip("\n").split("\t")
    try:
        answer = asyncio.run(judge(name, anchors.split("|"), time))
    except Exception as error:  # noqa: BLE001
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
