package interop;

import static interop.Client.check;
import static interop.Client.step;

import interop.archiveservicev3.ArchiveRemoveRequest;
import interop.archiveservicev3.ArchiveRequest;
import interop.archiveservicev3.ArchiveResponse;
import interop.archiveservicev3.ArchiveService;
import interop.sealingservicev1.CreateSealRequest;
import interop.sealingservicev1.SealingService;
import java.util.Arrays;
import java.util.List;

/** PackagingService v1 to v4, SealingService and ArchiveService. */
final class Packages {
  private static final String OPERATION = "create-package";
  private static final String POLICY = "ltvsdo-validator";

  private Packages() {}

  private static Object pdf(String id, String error) throws Exception {
    check(error == null, error);
    byte[] made = Client.download(Client.DOC + "/sds/" + id, "application/x-pades");
    check(new String(made, 0, 5).equals("%PDF-"), "no PDF");
    return made.length + " bytes of PDF";
  }

  static void make(OrderV3 order, String sdsId) {
    step("packagingservice-v1", OPERATION, () -> first(order));
    step("packagingservice-v2", OPERATION, () -> second(order));
    step("packagingservice-v3", OPERATION, () -> third(order));
    step("packagingservice-v4", OPERATION, () -> fourth(order));
    step("sealingservice-v1", "create-seal", () -> seal(sdsId));
  }

  private static Object first(OrderV3 order) throws Exception {
    var sdo = new interop.packagingservicev1.DocumentId();
    sdo.setUriDocumentId(order.resultUri);
    var request = new interop.packagingservicev1.CreatePackageRequest();
    request.setVersion("1");
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setValidationPolicy(POLICY);
    request.setPackagingMethod("pades");
    request.getSdo().add(sdo);
    var service = new interop.packagingservicev1.PackagingService(Client.wsdl("packagingservice-v1"));
    var reply = service.getPackagingEndPointImplPort().createPackage(request);
    return pdf(reply.getId(), reply.getError() == null ? null : reply.getError().getMessage());
  }

  private static Object second(OrderV3 order) throws Exception {
    var place = new interop.packagingservicev2.OrderDocumentId();
    place.setRequestId(order.requestId);
    place.setTaskId("task_1");
    place.setDocumentId("doc_1");
    place.setType(interop.packagingservicev2.OrderDocumentType.RESULT);
    var sdo = new interop.packagingservicev2.DocumentId();
    sdo.setOrderDocumentId(place);
    var request = new interop.packagingservicev2.CreatePackageRequest();
    request.setVersion("2");
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setValidationPolicy(POLICY);
    request.setPackagingMethod("pades");
    request.getSdo().add(sdo);
    var service = new interop.packagingservicev2.PackagingService(Client.wsdl("packagingservice-v2"));
    var reply = service.getPackagingEndPointImplPort().createPackage(request);
    return pdf(reply.getId(), reply.getError() == null ? null : reply.getError().getMessage());
  }

  private static Object third(OrderV3 order) throws Exception {
    var sdo = new interop.packagingservicev3.DocumentId();
    sdo.setUriDocumentId(order.resultUri);
    var original = new interop.packagingservicev3.DocumentId();
    original.setUriDocumentId(order.resultUri.replaceAll("sdo$", "original"));
    var supplementary = new interop.packagingservicev3.SupplementaryData();
    supplementary.setOriginalDocument(original);
    var extended = new interop.packagingservicev3.SdoExtended();
    extended.setSdo(sdo);
    extended.setSupplementaryData(supplementary);
    var request = new interop.packagingservicev3.CreatePackageRequest();
    request.setVersion("3");
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setValidationPolicy(POLICY);
    request.setPackagingMethod("pades");
    request.getSdoExtendedOrSdo().add(extended);
    var service = new interop.packagingservicev3.PackagingService(Client.wsdl("packagingservice-v3"));
    var reply = service.getPackagingEndPointImplPort().createPackage(request);
    return pdf(reply.getId(), reply.getError() == null ? null : reply.getError().getMessage());
  }

  private static Object fourth(OrderV3 order) throws Exception {
    var sdo = new interop.packagingservicev4.DocumentId();
    sdo.setUriDocumentId(order.resultUri);
    var request = new interop.packagingservicev4.CreatePackageRequest();
    request.setVersion("4");
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setValidationPolicy(POLICY);
    request.setPackagingMethod("pades");
    request.setSendResultToArchive(false);
    request.getSdoExtendedOrSdo().add(sdo);
    var service = new interop.packagingservicev4.PackagingService(Client.wsdl("packagingservice-v4"));
    var reply = service.getPackagingEndPointImplPort().createPackage(request);
    return pdf(reply.getId(), reply.getError() == null ? null : reply.getError().getMessage());
  }

  private static Object seal(String sdsId) throws Exception {
    var sds = new interop.sealingservicev1.SdsDocumentId();
    sds.setId(sdsId);
    var document = new interop.sealingservicev1.DocumentId();
    document.setSdsDocumentId(sds);
    var request = new CreateSealRequest();
    request.setVersion("1");
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setPackagingMethod("seal");
    request.setInputdocument(document);
    var port = new SealingService(Client.wsdl("sealingservice-v1")).getSealingEndPointImplPort();
    var reply = port.createSeal(request);
    return pdf(reply.getId(), reply.getError() == null ? null : reply.getError().getMessage());
  }

  /** Reads what is archived at an address, then removes it. */
  static void archive(String resultUri) {
    String api = "archiveservice-v3";
    String id = resultUri.substring(resultUri.lastIndexOf('/') + 1);
    step(
        "doc",
        "archived result",
        () -> Client.download(resultUri, "application/x-ltv-sdo").length + " bytes");
    step(
        api,
        "getDocument",
        () -> {
          var request = new ArchiveRequest();
          request.setVersion("3.0");
          request.setService(Client.SERVICE);
          request.setPassword(Client.PASSWORD);
          request.setArchiveId(id);
          var port = new ArchiveService(Client.wsdl(api)).getArchiveServiceEndPointPort();
          ArchiveResponse reply = port.getDocument(request);
          byte[] direct = Client.download(resultUri, reply.getMimeType());
          check(Arrays.equals(reply.getData(), direct), "the bytes are not those of GET");
          return reply.getMimeType() + ", the bytes of GET";
        });
    step(
        api,
        "removeDocument",
        () -> {
          var request = new ArchiveRemoveRequest();
          request.setVersion("3.0");
          request.setService(Client.SERVICE);
          request.setPassword(Client.PASSWORD);
          request.getArchiveId().addAll(List.of(id, "unknown"));
          var port = new ArchiveService(Client.wsdl(api)).getArchiveServiceEndPointPort();
          List<String> found = port.removeDocument(request).getFound();
          check(found.equals(List.of(id)), found);
          return "found";
        });
  }
}
