import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.ExternalResourcesOCSPSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

/**
 * Asks EU DSS about one file after the other. A job is a line of five fields with tabs between them: file, trust
 * anchors (DER files), detached contents, time (ISO 8601; empty: now), OCSP answers (DER files) that a relying party
 * would fetch; lists have a vertical bar between items. The answer is one line of JSON. Nothing is fetched: no online
 * source is set.
 */
public final class Judge {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] job = line.split("\t", -1);
      String answer;
      try {
        answer = judge(job[0], list(job[1]), list(job[2]), job[3], list(job[4]));
      } catch (Throwable error) {
        answer = "{\"error\":" + quote(error.toString()) + "}";
      }
      System.out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }
  }

  private static String[] list(String field) {
    return field.isEmpty() ? new String[0] : field.split("\\|");
  }

  private static String judge(String file, String[] anchors, String[] detached, String time, String[] ocsps) throws Exception {
    CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    for (String anchor : anchors) trusted.addCertificate(DSSUtils.loadCertificate(Files.readAllBytes(Path.of(anchor))));
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.setTrustedCertSources(trusted);
    if (ocsps.length > 0) {
      List<InputStream> answers = new ArrayList<>();
      for (String name : ocsps) answers.add(Files.newInputStream(Path.of(name)));
      verifier.setOcspSource(new ExternalResourcesOCSPSource(answers.toArray(new InputStream[0])));
    }
    SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(new File(file)));
    validator.setCertificateVerifier(verifier);
    if (!time.isEmpty()) validator.setValidationTime(Date.from(Instant.parse(time)));
    List<DSSDocument> contents = new ArrayList<>();
    for (String name : detached) contents.add(new FileDocument(new File(name)));
    if (!contents.isEmpty()) validator.setDetachedContents(contents);
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
            "{\"type\":" + quote(stamp.getType().name())
                + ",\"imprintIntact\":" + stamp.isMessageImprintDataIntact()
                + ",\"signatureIntact\":" + stamp.isSignatureIntact()
                + ",\"indication\":" + quote(String.valueOf(simple.getIndication(stamp.getId())))
                + ",\"subIndication\":" + quoteOrNull(simple.getSubIndication(stamp.getId())) + "}");
      }
      boolean intact = signature.isSignatureIntact()
          && signature.getDigestMatchers().stream().allMatch(matcher -> matcher.isDataIntact());
      signatures.add(
          "{\"indication\":" + quote(String.valueOf(simple.getIndication(id)))
              + ",\"subIndication\":" + quoteOrNull(simple.getSubIndication(id))
              + ",\"level\":" + quote(String.valueOf(simple.getSignatureFormat(id)))
              + ",\"intact\":" + intact
              + ",\"errors\":" + texts(simple.getAdESValidationErrors(id))
              + ",\"warnings\":" + texts(simple.getAdESValidationWarnings(id))
              + ",\"timestamps\":[" + String.join(",", stamps) + "]}");
    }
    return "{\"signatures\":[" + String.join(",", signatures) + "]}";
  }

  private static String texts(List<Message> messages) {
    List<String> texts = new ArrayList<>();
    for (Message message : messages) texts.add(quote(message.getValue()));
    return "[" + String.join(",", texts) + "]";
  }

  private static String quoteOrNull(Object value) {
    return value == null ? "null" : quote(value.toString());
  }

  private static String quote(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < 0x20) json.append(String.format("\\u%04x", (int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }
}
