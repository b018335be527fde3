import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.model.TimestampBinary;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.DSSRevocationUtils;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.OCSPSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.OCSPToken;
import eu.europa.esig.dss.spi.x509.tsp.TSPSource;
import eu.europa.esig.dss.spi.CertificateExtensionsUtils;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;

/** Time-stamps and OCSP answers of the test world, which listens at one address and knows its authorities by host name. */
final class Sources {
  private Sources() {}

  private static byte[] post(String world, URI authority, String type, byte[] body) throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(world + "/" + authority.getHost()).toURL().openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", type);
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
    try (InputStream in = connection.getInputStream()) {
      return in.readAllBytes();
    }
  }

  static TSPSource timestamps(String world, String authority) {
    return (DigestAlgorithm algorithm, byte[] digest) -> {
      try {
        TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        byte[] request = generator.generate(new ASN1ObjectIdentifier(algorithm.getOid()), digest).getEncoded();
        byte[] answer = post(world, URI.create(authority), "application/timestamp-query", request);
        return new TimestampBinary(new TimeStampResponse(answer).getTimeStampToken().getEncoded());
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    };
  }

  static OCSPSource answers(String world) {
    return (CertificateToken certificate, CertificateToken issuer) -> {
      try {
        for (String url : CertificateExtensionsUtils.getOCSPAccessUrls(certificate)) {
          CertificateID id = DSSRevocationUtils.getOCSPCertificateID(certificate, issuer, DigestAlgorithm.SHA1);
          byte[] request = new OCSPReqBuilder().addRequest(id).build().getEncoded();
          byte[] answer = post(world, URI.create(url), "application/ocsp-request", request);
          BasicOCSPResp basic = (BasicOCSPResp) new OCSPResp(answer).getResponseObject();
          return new OCSPToken(
              basic, DSSRevocationUtils.getLatestSingleResponse(basic, certificate, issuer), certificate, issuer);
        }
        return null;
      } catch (Exception error) {
        throw new IllegalStateException(error);
      }
    };
  }
}
