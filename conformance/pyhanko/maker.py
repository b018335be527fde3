"""Has pyHanko make a PDF: `in` becomes `out`.

`do`: `sign` with the PKCS#12 file `key` (`password`), with time-stamps of the host `tsa` of the test world at `world`;
`stamp` with a document time-stamp; `fill` the text field `name` with `value`; `annotate` page one. The fields that say
how are in the functions below.
"""

import urllib.parse
import urllib.request

from asn1crypto import ocsp, tsp, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator import ValidationContext

from judge import load, read


def post(world, authority, kind, body):
    host = urllib.parse.urlsplit(authority).hostname
    request = urllib.request.Request(f"{world}/{host}", body, {"Content-Type": kind})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


class WorldTimeStamper(TimeStamper):
    def __init__(self, job):
        super().__init__()
        self.job = job

    async def async_request_tsa_response(self, req):
        kind = "application/timestamp-query"
        return tsp.TimeStampResp.load(post(self.job["world"], self.job["tsa"], kind, req.dump()))


def context(job):
    """What is known to whoever signs: anchors, and OCSP answers as of now (`ocsps`)."""
    return ValidationContext(
        trust_roots=[load(path) for path in job.list("anchors")],
        ocsps=[ocsp.OCSPResponse.load(read(path)) for path in job.list("ocsps")],
        allow_fetching=False,
        revocation_mode="require" if job["ocsps"] else "soft-fail",
    )


FORMS = {"PAdES": SigSeedSubFilter.PADES, "PKCS7": SigSeedSubFilter.ADOBE_PKCS7_DETACHED}


async def sign(job, writer, out):
    """`level` B, T, LT or LTA; `form` PAdES or PKCS7; `certify` 1 to 3; `lock` fields; `pss`; `box`; `digest`; `alone`."""
    level, form = job["level"], FORMS[job["form"] or "PAdES"]
    signer = signers.SimpleSigner.load_pkcs12(
        job["key"], passphrase=job["password"].encode(), prefer_pss=bool(job["pss"])
    )
    field = SigFieldSpec(
        job["field"],
        box=(50, 50, 250, 120) if job["box"] else None,
        field_mdp_spec=FieldMDPSpec(FieldMDPAction.INCLUDE, job.list("lock")) if job["lock"] else None,
        doc_mdp_update_value=MDPPerm(int(job["narrow"])) if job["narrow"] else None,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=job["field"],
        md_algorithm=job["digest"] or "sha256",
        subfilter=form,
        certify=bool(job["certify"]),
        docmdp_permissions=MDPPerm(int(job["certify"] or "2")),
        reason=job["reason"] or None,
        **(
            {"validation_context": context(job), "embed_validation_info": True, "use_pades_lta": level == "LTA"}
            if level in ("LT", "LTA")
            else {}
        ),
    )
    stamper = WorldTimeStamper(job) if level != "B" else None
    pdf_signer = signers.PdfSigner(metadata, signer=signer, timestamper=stamper, new_field_spec=field)
    await pdf_signer.async_sign_pdf(writer, output=out)


async def stamp(job, writer, out):
    stamper = signers.PdfTimeStamper(WorldTimeStamper(job), field_name=job["field"])
    await stamper.async_timestamp_pdf(writer, "sha256", output=out)


async def fill(job, writer, out):
    form = writer.root["/AcroForm"]
    for reference in form["/Fields"]:
        field = reference.get_object()
        if field.get("/T") == job["name"]:
            field["/V"] = generic.TextStringObject(job["value"])
            writer.mark_update(reference)
    writer.write(out)


async def annotate(job, writer, out):
    page, _ = writer.find_page_for_modification(0)
    page = page.get_object()
    note = writer.add_object(
        generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/Text"),
                generic.pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (10, 10, 30, 30)),
                generic.pdf_name("/Contents"): generic.TextStringObject(job["value"]),
            }
        )
    )
    page[generic.pdf_name("/Annots")] = generic.ArrayObject([*page.get("/Annots", []), note])
    writer.update_container(page)
    writer.write(out)


TASKS = {"sign": sign, "stamp": stamp, "fill": fill, "annotate": annotate}


async def make(job):
    with open(job["in"], "rb") as source, open(job["out"], "wb") as out:
        writer = IncrementalPdfFileWriter(source, strict=False)
        await TASKS[job["do"]](job, writer, out)
    return {}
