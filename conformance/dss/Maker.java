import eu.europa.esig.dss.alert.SilentOnStatusAlert;
import eu.europa.esig.dss.alert.StatusAlert;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.CertificationPermission;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.Policy;
import eu.europa.esig.dss.model.SerializableTimestampParameters;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.PAdESTimestampParameters;
import eu.europa.esig.dss.pades.SignatureImageTextParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.signature.AbstractSignatureService;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESCounterSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.File;
import java.security.KeyStore;
import java.util.Date;

/**
 * Has EU DSS make a file: `in` becomes `out`, signed with the key of the PKCS#12 file `key` (password `password`), `format`
 * and `level` (B, T, LT, LTA), with time-stamps of the host `tsa` of the test world at `world`. What else may be asked for
 * is in the methods below.
 */
final class Maker {
  private final Job job;
  private final CommonCertificateVerifier verifier = new CommonCertificateVerifier();

  private Maker(Job job) throws Exception {
    this.job = job;
    // files that are wrong on purpose are made as well
    StatusAlert silent = new SilentOnStatusAlert();
    verifier.setAlertOnExpiredCertificate(silent);
    verifier.setAlertOnNotYetValidCertificate(silent);
    verifier.setAlertOnRevokedCertificate(silent);
    verifier.setAlertOnInvalidSignature(silent);
    verifier.setAlertOnInvalidTimestamp(silent);
    verifier.setAlertOnMissingRevocationData(silent);
    verifier.setAlertOnNoRevocationAfterBestSignatureTime(silent);
    verifier.setAlertOnUncoveredPOE(silent);
    verifier.setAugmentationAlertOnHigherSignatureLevel(silent);
    verifier.setCheckRevocationForUntrustedChains(true);
    verifier.setTrustedCertSources(job.trusted());
    verifier.setOcspSource(Sources.answers(job.text("world")));
  }

  static String make(Job job) throws Exception {
    Maker maker = new Maker(job);
    DSSDocument in = new FileDocument(new File(job.text("in")));
    DSSDocument made = switch (job.text("format")) {
      case "XAdES" -> maker.xades(in);
      case "PAdES" -> maker.pades(in);
      case "CAdES" -> maker.cades(in);
      default -> throw new IllegalArgumentException(job.text("format"));
    };
    made.save(job.text("out"));
    return "{}";
  }

  private DSSDocument xades(DSSDocument in) throws Exception {
    XAdESService service = new XAdESService(verifier);
    boolean isCounter = job.text("do").equals("countersign");
    XAdESSignatureParameters parameters =
        isCounter ? new XAdESCounterSignatureParameters() : new XAdESSignatureParameters();
    parameters.setSignatureLevel(level("XAdES_BASELINE_"));
    if (job.has("c14n")) {
      parameters.setSignedInfoCanonicalizationMethod(job.text("c14n"));
      parameters.setSignedPropertiesCanonicalizationMethod(job.text("c14n"));
    }
    parameters.setSignKeyInfo(job.has("signKeyInfo"));
    if (job.has("legacy")) parameters.setEn319132(false);
    if (job.has("pretty")) parameters.setPrettyPrint(true);
    if (job.has("embed")) parameters.setEmbedXML(true);
    if (!isCounter) return finish(service, parameters, in);
    XAdESCounterSignatureParameters counter = (XAdESCounterSignatureParameters) parameters;
    counter.setSignatureIdToCounterSign(job.text("countersigned"));
    try (Pkcs12SignatureToken token = prepare(service, counter)) {
      SignatureValue value = sign(token, service.getDataToBeCounterSigned(in, counter), counter);
      return service.counterSignSignature(in, counter, value);
    }
  }

  private DSSDocument pades(DSSDocument in) throws Exception {
    PAdESService service = new PAdESService(verifier);
    if (job.text("do").equals("stamp")) {
      service.setTspSource(Sources.timestamps(job.text("world"), job.text("tsa")));
      return service.timestamp(in, new PAdESTimestampParameters());
    }
    PAdESSignatureParameters parameters = new PAdESSignatureParameters();
    parameters.setSignatureLevel(level("PAdES_BASELINE_"));
    if (job.has("subFilter")) parameters.setSubFilter(job.text("subFilter"));
    if (job.has("reason")) parameters.setReason(job.text("reason"));
    if (job.has("certify")) {
      parameters.setPermission(CertificationPermission.fromCode(Integer.parseInt(job.text("certify"))));
    }
    if (job.has("visible")) {
      SignatureImageTextParameters text = new SignatureImageTextParameters();
      text.setText(job.text("visible"));
      parameters.getImageParameters().setTextParameters(text);
      parameters.getImageParameters().getFieldParameters().setOriginX(50);
      parameters.getImageParameters().getFieldParameters().setOriginY(50);
    }
    return finish(service, parameters, in);
  }

  private DSSDocument cades(DSSDocument in) throws Exception {
    CAdESSignatureParameters parameters = new CAdESSignatureParameters();
    parameters.setSignatureLevel(level("CAdES_BASELINE_"));
    return finish(new CAdESService(verifier), parameters, in);
  }

  private SignatureLevel level(String prefix) {
    return SignatureLevel.valueOf(prefix + job.text("level"));
  }

  /** Signs, or raises what is signed. */
  private <P extends AbstractSignatureParameters<?>, T extends SerializableTimestampParameters> DSSDocument finish(
      AbstractSignatureService<P, T> service, P parameters, DSSDocument in) throws Exception {
    try (Pkcs12SignatureToken token = prepare(service, parameters)) {
      if (job.has("detached")) parameters.setDetachedContents(job.documents("detached"));
      if (job.text("do").equals("extend")) return service.extendDocument(in, parameters);
      if (job.has("contentStamp")) {
        parameters.setContentTimestamps(java.util.List.of(service.getContentTimestamp(in, parameters)));
      }
      return service.signDocument(in, parameters, sign(token, service.getDataToSign(in, parameters), parameters));
    }
  }

  private <P extends AbstractSignatureParameters<?>, T extends SerializableTimestampParameters>
      Pkcs12SignatureToken prepare(AbstractSignatureService<P, T> service, P parameters) throws Exception {
    service.setTspSource(Sources.timestamps(job.text("world"), job.text("tsa")));
    Pkcs12SignatureToken token = new Pkcs12SignatureToken(
        new File(job.text("key")), new KeyStore.PasswordProtection(job.text("password").toCharArray()));
    DSSPrivateKeyEntry key = token.getKeys().get(0);
    if (job.has("packaging")) parameters.setSignaturePackaging(SignaturePackaging.valueOf(job.text("packaging")));
    DigestAlgorithm digest = DigestAlgorithm.valueOf(job.has("digest") ? job.text("digest") : "SHA256");
    parameters.setDigestAlgorithm(digest);
    parameters.setReferenceDigestAlgorithm(digest);
    parameters.setSigningCertificate(key.getCertificate());
    parameters.setCertificateChain(job.has("alone")
        ? new eu.europa.esig.dss.model.x509.CertificateToken[] {key.getCertificate()}
        : key.getCertificateChain());
    if (job.has("pss")) parameters.setEncryptionAlgorithm(EncryptionAlgorithm.RSASSA_PSS);
    parameters.bLevel().setSigningDate(new Date());
    if (job.has("policy")) parameters.bLevel().setSignaturePolicy(policy());
    return token;
  }

  private <P extends AbstractSignatureParameters<?>> SignatureValue sign(
      Pkcs12SignatureToken token, eu.europa.esig.dss.model.ToBeSigned data, P parameters) {
    return token.sign(data, parameters.getSignatureAlgorithm(), token.getKeys().get(0));
  }

  private Policy policy() {
    Policy policy = new Policy();
    policy.setId(job.text("policy"));
    policy.setDigestAlgorithm(DigestAlgorithm.SHA256);
    policy.setDigestValue(new byte[32]);
    policy.setSpuri("https://policy.test.invalid/");
    return policy;
  }
}
