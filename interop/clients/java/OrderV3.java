package interop;

import static interop.Client.check;
import static interop.Client.step;

import interop.documentservicev3.*;
import jakarta.xml.ws.soap.SOAPFaultException;
import java.math.BigInteger;
import java.util.List;

/** The life of an order on DocumentService v3: subject-ref and subject together, authentication without method. */
final class OrderV3 {
  private static final String API = "documentservice-v3";
  private final String sdsId;
  private final DocumentEndPoint port;
  String requestId = "";
  String resultUri = "";
  private String artifact = "";

  OrderV3(String sdsId) throws Exception {
    this.sdsId = sdsId;
    port = new DocumentService(Client.wsdl(API)).getDocumentServiceEndPointPort();
  }

  private Request content() {
    var sds = new SdsDocument();
    sds.setId("doc_1");
    sds.setRefSdsId(sdsId);
    sds.setDescription("Aftale & vilkår");
    var terms = new ProvidedDocument();
    terms.setId("terms");
    terms.setMimeType("text/plain");
    terms.setDescription("Betingelser");
    terms.setData("Betingelser".getBytes());

    var task = new Task();
    task.setId("task_1");
    task.setBundle(false);
    task.setSubjectRef("subj_1");
    var subject = new Subject();
    subject.setId("subj_1");
    subject.setNationalId(Client.NATIONAL_ID);
    task.setSubject(subject);
    task.getDocumentAction().add(action(DocumentActionType.SIGN, "doc_1"));
    task.getDocumentAction().add(action(DocumentActionType.VIEW, "terms"));
    var authentication = new Authentication();
    authentication.setArtifact(true);
    task.setAuthentication(authentication);
    task.setOnTaskComplete("http://localhost:3004/sign/../complete?requestId=${requestId}&taskId=${taskId}");
    var signature = new Signature();
    signature.setResponsive(true);
    var method = new Method();
    method.setValue("nemid-sign");
    signature.getMethod().add(method);
    task.getSignature().add(signature);

    var packaged = new PackagingTaskDocument();
    packaged.setTaskId("task_1");
    packaged.setDocumentId("doc_1");
    var packaging = new PackagingTask();
    packaging.setPackagingTaskId("evidence");
    packaging.setMethod("pades");
    packaging.getPackagingTaskDocument().add(packaged);

    var request = new Request();
    request.setProfile("default");
    request.setLanguage("da");
    request.getDocument().addAll(List.of(sds, terms));
    request.getTask().add(task);
    request.setClientReference(Client.name);
    request.getNotification().add(notification("done"));
    request.getPackagingTask().add(packaging);
    return request;
  }

  private static DocumentAction action(DocumentActionType type, String document) {
    var action = new DocumentAction();
    action.setType(type);
    action.setDocumentRef(document);
    return action;
  }

  private static Notification notification(String id) {
    var notification = new Notification();
    notification.setType(NotificationType.URL);
    notification.setNotificationId(id);
    notification.setRecipient(Client.CALLBACK + "?from=java&for=" + id);
    notification.setMessage("-");
    return notification;
  }

  private TaskStatusInfo status() {
    var request = new GetStatusRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.getRequestId().add(requestId);
    return port.getStatus(request).getTaskStatusInfo().get(0);
  }

  void live() {
    step(API, "createRequest", this::create);
    step(API, "fault", this::fault);
    step(API, "getRequest", this::get);
    step(
        API,
        "getStatus",
        () -> {
          check(status().getTaskStatus() == TaskStatus.CREATED, status().getTaskStatus());
          check(status().getDocumentStatus().isEmpty(), "document-status before the signature");
          return "created";
        });
    step(API, "setClientStatus", this::setClientStatus);
    step(API, "getTask", this::getTask);
    step(API, "findTasks", this::find);
    step(API, "getTaskCount", this::count);
    step(API, "addNotification", this::addNotification);
    step(API, "disableNotification", this::disableNotification);
    step(API, "addTask", this::addTask);
    step(API, "disableTask", this::disableTask);
    step(API, "createArtifact", this::createArtifact);
    step(API, "createUserSession", this::createUserSession);
    step("portal", "sign (v3 order)", () -> Client.signAsPerson(requestId, "task_1", artifact));
    step(
        API,
        "getStatus",
        () -> {
          check(status().getTaskStatus() == TaskStatus.COMPLETED, status().getTaskStatus());
          resultUri = status().getDocumentStatus().get(0).getResultUri();
          check(resultUri.equals(Client.DOC + "/order/" + requestId + "/task_1/doc_1/sdo"), resultUri);
          return "completed";
        });
    step(API, "getRequestHistory", this::history);
    step(API, "getPackagingTaskStatus", this::packagingStatus);
  }

  private Object create() {
    var request = new CreateRequestRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.getRequest().add(content());
    CreateRequestResponse reply = port.createRequest(request);
    check(reply.getRequestId().size() == 1, reply.getRequestId());
    requestId = reply.getRequestId().get(0);
    check(requestId.matches(Client.ID), requestId);
    check(reply.getArtifact().matches("[0-9a-z]{25}"), reply.getArtifact());
    return requestId;
  }

  private Object fault() {
    var request = new GetStatusRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.getRequestId().add("none");
    try {
      port.getStatus(request);
    } catch (SOAPFaultException fault) {
      String text = fault.getFault().getFaultString();
      check(text.startsWith("There is no request \"none\""), text);
      return fault.getFault().getFaultCode() + ": " + text;
    }
    throw new IllegalStateException("no fault");
  }

  private Object get() {
    var request = new GetRequestRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    Request got = port.getRequest(request).getRequest();
    check(got.getClientReference().equals(Client.name), got.getClientReference());
    var document = (SdsDocument) got.getDocument().get(0);
    check(document.getRefSdsId().equals(sdsId), document.getRefSdsId());
    check(document.getDescription().equals("Aftale & vilkår"), document.getDescription());
    check(got.getDocument().get(1) instanceof ProvidedDocument, got.getDocument().get(1));
    return "what was sent, in the generated classes";
  }

  private Object setClientStatus() {
    var request = new SetClientStatusRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_1");
    request.setClientStatus("sendt & venter");
    port.setClientStatus(request);
    check("sendt & venter".equals(status().getClientStatus()), status().getClientStatus());
    return "empty reply; getStatus gives it back";
  }

  private Object getTask() {
    var request = new GetTaskRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_1");
    Task task = port.getTask(request).getTask();
    check(task.getId().equals("task_1") && task.getSubjectRef().equals("subj_1"), task.getId());
    return "task_1";
  }

  private TaskFilter filter() {
    var criteria = new TaskFilterCriteria();
    criteria.setField(TaskFilterField.REQUEST_ID);
    criteria.setValue(requestId);
    criteria.setOperator(LogicalOperator.EQUALS);
    var filter = new TaskFilter();
    filter.getCriteria().add(criteria);
    return filter;
  }

  private Object find() {
    var request = new FindTasksRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setFilter(filter());
    request.setFromIndex(BigInteger.ZERO);
    request.setToIndex(BigInteger.TEN);
    request.setSortField(TaskFilterField.CREATED);
    List<TaskInfo> found = port.findTasks(request).getTask();
    check(found.get(0).getClientReference().equals(Client.name), found.get(0).getClientReference());
    check(found.get(0).getCreated() != null, "no created");
    return found.size() + " found";
  }

  private Object count() {
    var request = new GetTaskCountRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setFilter(filter());
    BigInteger count = port.getTaskCount(request).getCount();
    check(count.signum() > 0, count);
    return count;
  }

  private Object addNotification() {
    var schedule = new Schedule();
    schedule.setStateIs(TaskStatus.COMPLETED);
    Notification late = notification("late");
    late.getSchedule().add(schedule);
    var request = new AddNotificationRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_1");
    request.setNotification(late);
    port.addNotification(request);
    return "to a task";
  }

  private Object disableNotification() {
    var request = new DisableNotificationRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_1");
    request.getNotificationId().add("late");
    port.disableNotification(request);
    return "of a task";
  }

  private Object addTask() {
    var task = new Task();
    task.setId("task_2");
    task.getDocumentAction().add(action(DocumentActionType.VIEW, "doc_1"));
    var request = new AddTaskRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTask(task);
    port.addTask(request);
    return "task_2, to view";
  }

  private Object disableTask() {
    var request = new DisableTaskRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_2");
    port.disableTask(request);
    return "task_2";
  }

  private Object createArtifact() {
    var request = new CreateArtifactRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_1");
    artifact = port.createArtifact(request).getArtifact();
    check(artifact.matches("[0-9a-z]{25}"), artifact);
    return "25 characters";
  }

  private Object createUserSession() {
    var task = new SessionTaskInfo();
    task.setRequestId(requestId);
    task.setTaskId("task_1");
    task.setOrder(BigInteger.ONE);
    task.setDescription("Aftale");
    var session = new UserSession();
    session.setLanguage("da");
    session.getSessionTask().add(task);
    var request = new CreateUsersessionRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setUserSession(session);
    return "an id of " + port.createUserSession(request).getUserSessionId().length() + " characters";
  }

  private Object history() {
    var request = new GetRequestHistoryRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.setRequestId(requestId);
    request.setTaskId("task_1");
    // an event that the generated enumeration does not know would be null here
    List<EventType> events = port.getRequestHistory(request).getEvent().stream().map(Event::getEvent).toList();
    var wanted = List.of(EventType.REQUEST_CREATED, EventType.DOCUMENT_SIGNED, EventType.TASK_COMPLETED);
    check(events.containsAll(wanted) && !events.contains(null), events);
    return events;
  }

  private Object packagingStatus() throws Exception {
    var request = new GetPackagingTaskStatusRequest();
    request.setService(Client.SERVICE);
    request.setPassword(Client.PASSWORD);
    request.getRequestId().add(requestId);
    for (int tries = 0; tries < 150; tries++) {
      PackagingTaskStatusInfo info = port.getPackagingTaskStatus(request).getPackagingTaskStatusInfo().get(0);
      if (info.getPackagingTaskStatus() == PackagingTaskStatus.COMPLETED) {
        String uri = info.getPackagingDocumentStatus().get(0).getResultUri();
        return "completed, " + Client.download(uri, "application/x-pades").length + " bytes of PDF";
      }
      Thread.sleep(200);
    }
    throw new IllegalStateException("not completed in time");
  }

  void delete() {
    step(
        API,
        "deleteRequest",
        () -> {
          var request = new DeleteRequestRequest();
          request.setService(Client.SERVICE);
          request.setPassword(Client.PASSWORD);
          request.getRequestId().add(requestId);
          int deleted = port.deleteRequest(request).getDeleted();
          check(deleted == 1, deleted);
          return "deleted 1";
        });
  }
}
