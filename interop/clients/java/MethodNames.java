package interop;

import static interop.Client.check;
import static interop.Client.report;
import static interop.Client.step;

import interop.documentservicev3.*;
import java.util.ArrayList;
import java.util.List;

/** An order with a task for each name that clients order methods with, a PDF of each signature. */
final class MethodNames {
  private static final String OPERATION = "sign (names of clients)";
  private final String sdsId;
  private final DocumentEndPoint port;
  private final List<String> results = new ArrayList<>();

  MethodNames(String sdsId) throws Exception {
    this.sdsId = sdsId;
    port = new DocumentService(Client.wsdl("documentservice-v3")).getDocumentServiceEndPointPort();
  }

  private static Task task(String name) {
    var subject = new Subject();
    subject.setId("anna");
    subject.setFirstName("Anna");
    subject.setMobile(Client.MOBILE);
    var action = new DocumentAction();
    action.setType(DocumentActionType.SIGN);
    action.setDocumentRef("doc_1");
    var method = new Method();
    method.setValue(name);
    var signature = new Signature();
    signature.getMethod().add(method);
    var task = new Task();
    task.setId(name);
    task.setSubject(subject);
    task.getDocumentAction().add(action);
    task.getSignature().add(signature);
    return task;
  }

  private static PackagingTask packaging(String name) {
    var document = new PackagingTaskDocument();
    document.setTaskId(name);
    document.setDocumentId("doc_1");
    var packaging = new PackagingTask();
    packaging.setPackagingTaskId(name);
    packaging.setMethod("pades");
    packaging.getPackagingTaskDocument().add(document);
    return packaging;
  }

  private String create() {
    var document = new SdsDocument();
    document.setId("doc_1");
    document.setRefSdsId(sdsId);
    document.setDescription("Aftale & vilkår");
    var order = new Request();
    order.setLanguage("da");
    order.getDocument().add(document);
    for (String name : Client.METHODS) {
      order.getTask().add(task(name));
      order.getPackagingTask().add(packaging(name));
    }
    var request = new CreateRequestRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.getRequest().add(order);
    return port.createRequest(request).getRequestId().get(0);
  }

  private List<PackagingTaskStatusInfo> packaged(String requestId) throws Exception {
    var request = new GetPackagingTaskStatusRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.getRequestId().add(requestId);
    for (int tries = 0; tries < 150; tries++) {
      List<PackagingTaskStatusInfo> infos = port.getPackagingTaskStatus(request).getPackagingTaskStatusInfo();
      var ids = infos.stream().map(PackagingTaskStatusInfo::getPackagingTaskId).toList();
      check(ids.equals(Client.METHODS), ids);
      var states = infos.stream().map(PackagingTaskStatusInfo::getPackagingTaskStatus).toList();
      check(!states.contains(PackagingTaskStatus.FAILED), states);
      if (states.stream().allMatch(PackagingTaskStatus.COMPLETED::equals)) return infos;
      Thread.sleep(200);
    }
    throw new IllegalStateException("not completed in time");
  }

  private Object sign() throws Exception {
    String requestId = create();
    for (String name : Client.METHODS) Client.signAsPerson(requestId, name, "");
    for (PackagingTaskStatusInfo info : packaged(requestId)) {
      String uri = info.getPackagingDocumentStatus().get(0).getResultUri();
      byte[] made = Client.download(uri, "application/x-pades");
      check(new String(made, 0, 5).equals("%PDF-"), uri + ": no PDF");
      results.add(uri);
    }
    return "a PDF with " + String.join(", ", Client.METHODS);
  }

  void live() {
    step("portal", OPERATION, this::sign);
    for (String uri : results) report("expects-valid", "portal", OPERATION, uri);
  }
}
