import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The named fields of a line: `name=value`, with tabs between them; lists have a vertical bar between items. */
final class Job {
  private final Map<String, String> fields = new HashMap<>();

  Job(String line) {
    for (String field : line.split("\t")) {
      int end = field.indexOf('=');
      fields.put(field.substring(0, end), field.substring(end + 1));
    }
  }

  boolean has(String name) {
    return !text(name).isEmpty();
  }

  /** Empty where it is not given. */
  String text(String name) {
    return fields.getOrDefault(name, "");
  }

  List<String> list(String name) {
    return has(name) ? List.of(text(name).split("\\|")) : List.of();
  }

  List<DSSDocument> documents(String name) {
    List<DSSDocument> documents = new ArrayList<>();
    for (String file : list(name)) documents.add(new FileDocument(new File(file)));
    return documents;
  }

  /** The certificates in the DER files of `anchors`. */
  CommonTrustedCertificateSource trusted() throws Exception {
    CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    for (String anchor : list("anchors")) {
      trusted.addCertificate(DSSUtils.loadCertificate(Files.readAllBytes(Path.of(anchor))));
    }
    return trusted;
  }
}
