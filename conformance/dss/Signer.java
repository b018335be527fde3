import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.File;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Arrays;

/**
 * Has EU DSS sign with XAdES B. Arguments: the file, a PKCS#12 file, its password; then packaging, canonicalization and
 * the file to be made, once or more.
 */
public final class Signer {
  public static void main(String[] args) throws Exception {
    char[] password = args[2].toCharArray();
    KeyStore store = KeyStore.getInstance(new File(args[1]), password);
    String alias = store.aliases().nextElement();
    PrivateKey key = (PrivateKey) store.getKey(alias, password);
    CertificateToken[] path = Arrays.stream(store.getCertificateChain(alias))
        .map(certificate -> new CertificateToken((X509Certificate) certificate))
        .toArray(CertificateToken[]::new);
    DSSDocument in = new FileDocument(new File(args[0]));
    XAdESService service = new XAdESService(new CommonCertificateVerifier());
    for (int at = 3; at < args.length; at += 3) {
      XAdESSignatureParameters parameters = new XAdESSignatureParameters();
      parameters.setSignatureLevel(SignatureLevel.XAdES_BASELINE_B);
      parameters.setSignaturePackaging(SignaturePackaging.valueOf(args[at]));
      parameters.setSignedInfoCanonicalizationMethod(args[at + 1]);
      parameters.setSignedPropertiesCanonicalizationMethod(args[at + 1]);
      parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
      parameters.setSigningCertificate(path[0]);
      parameters.setCertificateChain(path);
      Signature signature = Signature.getInstance(parameters.getSignatureAlgorithm().getJCEId());
      signature.initSign(key);
      signature.update(service.getDataToSign(in, parameters).getBytes());
      SignatureValue value = new SignatureValue(parameters.getSignatureAlgorithm(), signature.sign());
      service.signDocument(in, parameters, value).save(args[at + 2]);
    }
  }
}
