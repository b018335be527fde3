import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import eu.europa.esig.validationreport.ValidationReportUtils;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.xml.transform.stream.StreamSource;

/**
 * Asks EU DSS about one file: `file`, `anchors` (DER files), `detached` contents, `time` (ISO 8601; none: now), and `ocsps`,
 * OCSP answers (DER files) that a relying party would fetch. Nothing is fetched: no online source is set.
 */
final class Judge {
  private Judge() {}

  /** What the schema of validation reports has against `file`. */
  static String check(Job job) {
    List<String> problems = new ArrayList<>();
    for (String problem :
        ValidationReportUtils.getInstance().validateAgainstXSD(new StreamSource(new File(job.text("file"))))) {
      problems.add(Json.quote(problem));
    }
    return "{\"problems\":[" + String.join(",", problems) + "]}";
  }

  static String judge(Job job) throws Exception {
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(job.trusted());
    if (job.has("ocsps")) {
      List<InputStream> answers = new ArrayList<>();
      for (String name : job.list("ocsps")) answers.add(Files.newInputStream(Path.of(name)));
      verifier.setOcspSource(new ExternalResourcesOCSPSource(answers.toArray(new InputStream[0])));
    }
    SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(new File(job.text("file"))));
    validator.setCertificateVerifier(verifier);
    if (job.has("time")) validator.setValidationTime(Date.from(Instant.parse(job.text("time"))));
    if (job.has("detached")) validator.setDetachedContents(job.documents("detached"));
    Reports reports = validator.validateDocument();
    if (System.getenv("DSS_REPORTS") != null) {
      Files.writeString(Path.of(System.getenv("DSS_REPORTS")), reports.getXmlDetailedReport());
    }
    SimpleReport simple = reports.getSimpleReport();
    DiagnosticData data = reports.getDiagnosticData();
    List<String> signatures = new ArrayList<>();
    for (String id : simple.getSignatureIdList()) {
      SignatureWrapper signature = data.getSignatureById(id);
      List<String> stamps = new ArrayList<>();
      for (TimestampWrapper stamp : signature.getTimestampList()) {
        stamps.add(
            "{\"type\":" + Json.quote(stamp.getType().name())
                + ",\"imprintIntact\":" + stamp.isMessageImprintDataIntact()
                + ",\"signatureIntact\":" + stamp.isSignatureIntact()
                + ",\"indication\":" + Json.quote(String.valueOf(simple.getIndication(stamp.getId())))
                + ",\"subIndication\":" + Json.quoteOrNull(simple.getSubIndication(stamp.getId())) + "}");
      }
      boolean intact = signature.isSignatureIntact()
          && signature.getDigestMatchers().stream().allMatch(matcher -> matcher.isDataIntact());
      signatures.add(
          "{\"name\":" + Json.quote(name(signature))
              + ",\"isCounter\":" + signature.isCounterSignature()
              + ",\"indication\":" + Json.quote(String.valueOf(simple.getIndication(id)))
              + ",\"subIndication\":" + Json.quoteOrNull(simple.getSubIndication(id))
              + ",\"level\":" + Json.quote(String.valueOf(simple.getSignatureFormat(id)))
              + ",\"intact\":" + intact
              + ",\"errors\":" + texts(simple.getAdESValidationErrors(id))
              + ",\"warnings\":" + texts(simple.getAdESValidationWarnings(id))
              + ",\"timestamps\":[" + String.join(",", stamps) + "]}");
    }
    return "{\"signatures\":[" + String.join(",", signatures) + "]}";
  }

  /** The field of a PDF, or the Id of an XML signature. */
  private static String name(SignatureWrapper signature) {
    String field = signature.getFirstFieldName();
    String id = signature.getDAIdentifier();
    return field != null ? field : id != null ? id : "";
  }

  private static String texts(List<Message> messages) {
    List<String> texts = new ArrayList<>();
    for (Message message : messages) texts.add(Json.quote(message.getValue()));
    return "[" + String.join(",", texts) + "]";
  }
}
