"""Python zeep as the client: objects made by the types of the served WSDLs, replies read strictly."""

import os
import re
import subprocess
import time

import requests
import zeep
from zeep import xsd

URL = os.environ["SEGL_URL"]
SERVICE = os.environ["SEGL_SERVICE"]
PASSWORD = os.environ["SEGL_PASSWORD"]
CALLBACK = os.environ["SEGL_CALLBACK"]
METHODS = os.environ["SEGL_METHODS"].split(",")
PDF = open(os.environ["SEGL_PDF"], "rb").read()
DOC = f"{URL}/doc/{SERVICE}"
AUTH = (SERVICE, PASSWORD)
NAME = "interop zeep"
NATIONAL_ID = "1405822042"
MOBILE = os.environ["SEGL_MOBILE"]
CREDENTIALS = {"service": SERVICE, "password": PASSWORD}
ID = re.compile(r"\d{8}[0-9a-z]{50}")


def report(outcome, api, operation, text):
    print("\t".join([outcome, api, operation, " ".join(str(text).split())[:400]]), flush=True)


def step(api, operation, run):
    """Runs one step and reports it; gives None where it failed."""
    try:
        text, value = run()
    except Exception as error:
        report("failed", api, operation, f"{type(error).__name__}: {error}")
        return None
    report("passed", api, operation, text)
    return value


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def client_for(api):
    return zeep.Client(f"{URL}/ws/{api}?wsdl")


def download(address, media_type):
    reply = requests.get(address, auth=AUTH)
    check(reply.status_code == 200, f"{address}: {reply.status_code}")
    check(reply.headers["Content-Type"] == media_type, reply.headers["Content-Type"])
    return reply.content


def sign_as_person(request_id, task_id, artifact=""):
    url = f"{URL}/std/docaction/{SERVICE}?request_id={request_id}&task_id={task_id}&artifact={artifact}"
    command = [os.environ["SEGL_NODE"], os.environ["SEGL_CLI"], "sandbox", "sign", url, "--user", "anna", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0, done.stderr)
    return f"sent on to {done.stdout.strip() or 'nowhere'}"


def upload():
    reply = requests.post(f"{DOC}/sds", data=PDF, auth=AUTH, headers={"Content-Type": "application/pdf"})
    check(reply.status_code == 201 and ID.fullmatch(reply.text), f"{reply.status_code} {reply.text}")
    chunks = (PDF[at : at + 4096] for at in range(0, len(PDF), 4096))
    chunked = requests.post(f"{DOC}/sds", data=chunks, auth=AUTH, headers={"Content-Type": "application/pdf"})
    check(chunked.status_code == 201, f"chunked: {chunked.status_code}")
    return f"whole, and from a generator (chunked); {reply.text}", reply.text


def delete_upload():
    address = f"{DOC}/sds/{requests.post(f'{DOC}/sds', data=b'gone', auth=AUTH).text}"
    check(requests.delete(address, auth=AUTH).ok, "DELETE is refused")
    check(requests.get(address, auth=AUTH).status_code == 404, "it is still there")
    return "then 404", None


class Order:
    """The life of an order on one version of DocumentService."""

    def __init__(self, api, sds_id):
        self.api = api
        self.v3 = api == "documentservice-v3"
        self.sds_id = sds_id
        self.client = client_for(api)
        namespace = f"https://id.signicat.com/definitions/wsdl/Document-{'v3' if self.v3 else 'v2'}"
        self.type = lambda name: self.client.get_type(f"{{{namespace}}}{name}")
        self.request_id = None
        self.artifact = None
        self.result_uri = None

    def call(self, operation, **content):
        return self.client.service[operation](**CREDENTIALS, **content)

    def step(self, operation, run):
        return step(self.api, operation, run)

    @property
    def task(self):
        return {"request-id": self.request_id, "task-id": "task_1"}

    def notification(self, name, schedule=()):
        return {
            "type": "URL",
            "notification-id": name,
            "recipient": f"{CALLBACK}?from=zeep&for={name}",
            "message": "-",
            "schedule": list(schedule),
        }

    def content(self):
        sds = self.type("sds-document")(
            **{"id": "doc_1", "ref-sds-id": self.sds_id, "description": "Aftale & vilkår", "external-reference": "case 42"}
        )
        terms = self.type("provided-document")(
            **{"id": "terms", "mime-type": "text/plain", "data": "Betingelser: æøå".encode(), "description": "Betingelser"}
        )
        signature = {"method": ["nemid-sign"]}
        actions = [{"type": "sign", "document-ref": "doc_1", "send-result-to-archive": not self.v3}]
        request = {
            "profile": "default",
            "language": "da",
            "subject": [{"id": "s1", "national-id": NATIONAL_ID, "first-name": "Anna"}],
            "client-reference": NAME,
        }
        if self.v3:
            signature["responsive"] = True
            actions.append({"type": "view", "document-ref": "terms"})
            request["notification"] = [self.notification("done")]
            request["packaging-task"] = [
                {
                    "packaging-task-id": "evidence",
                    "method": "pades",
                    "packaging-task-document": [{"task-id": "task_1", "document-id": "doc_1"}],
                }
            ]
        request["document"] = [sds, terms] if self.v3 else [sds]
        request["task"] = [
            {
                "id": "task_1",
                "bundle": False,
                "subject-ref": "s1",
                "document-action": actions,
                "signature": [signature],
                "on-task-complete": "http://localhost:3004/sign/../complete?id=${requestId}&task=${taskId}",
            }
        ]
        return request

    def create(self):
        reply = self.call("createRequest", request=[self.content()])
        [self.request_id] = reply["request-id"]
        check(ID.fullmatch(self.request_id), self.request_id)
        return f"types from the WSDL; {self.request_id}", None

    def fault(self):
        try:
            self.call("getStatus", **{"request-id": ["none"]})
        except zeep.exceptions.Fault as fault:
            check('no request "none"' in fault.message, fault.message)
            return f"{fault.code}: {fault.message}", None
        raise AssertionError("no fault")

    def get(self):
        request = self.call("getRequest", **{"request-id": self.request_id})
        check(request["client-reference"] == NAME, request["client-reference"])
        check(type(request["document"][0]).__name__ == "sds-document", type(request["document"][0]))
        check(request["document"][0]["description"] == "Aftale & vilkår", request["document"])
        return "what was sent, typed", None

    def status(self, wanted):
        [info, *_] = self.call("getStatus", **{"request-id": [self.request_id]})
        check(info["task-status"] == wanted, info["task-status"])
        return info

    def created(self):
        check(not self.status("created")["document-status"], "document-status before the signature")
        return "created", None

    def set_client_status(self):
        check(self.call("setClientStatus", **self.task, **{"client-status": "sendt & venter"}) is None, "a reply")
        check(self.status("created")["client-status"] == "sendt & venter", "getStatus does not give it back")
        return "empty reply; getStatus gives it back", None

    def get_task(self):
        task = self.call("getTask", **self.task)
        check(task["id"] == "task_1", task)
        return "task_1", None

    def filter(self):
        criteria = {"field": "request-id", "value": xsd.AnyObject(xsd.String(), self.request_id), "operator": "equals"}
        return {"criteria": [criteria]}

    def find(self):
        found = self.call("findTasks", filter=self.filter(), **{"from-index": 0, "to-index": 5, "sort-field": "created"})
        check(found[0]["client-reference"] == NAME, found)
        return f"{len(found)} found", None

    def count(self):
        count = self.call("getTaskCount", filter=self.filter())
        check(count >= 1, count)
        return count, None

    def add_notification(self):
        late = self.notification("late", [{"state-is": "completed"}])
        check(self.call("addNotification", **self.task, notification=late) is None, "a reply")
        return "to a task", None

    def disable_notification(self):
        check(self.call("disableNotification", **self.task, **{"notification-id": ["late"]}) is None, "a reply")
        return "of a task", None

    def add_task(self):
        task = {"id": "task_2", "subject": {"id": "s2"}, "document-action": [{"type": "view", "document-ref": "doc_1"}]}
        self.call("addTask", **{"request-id": self.request_id}, task=task)
        return "task_2, to view", None

    def disable_task(self):
        check(self.call("disableTask", **{"request-id": self.request_id, "task-id": "task_2"}) is None, "a reply")
        return "task_2", None

    def create_artifact(self):
        self.artifact = self.call("createArtifact", **self.task)
        check(re.fullmatch("[0-9a-z]{25}", self.artifact), self.artifact)
        return "25 characters", None

    def user_session(self):
        task = {**self.task, "order": 1, "description": "Aftale"}
        reply = self.call("createUserSession", **{"user-session": {"language": "da", "session-task": [task]}})
        return f"an id of {len(reply['user-session-id'])} characters", None

    def completed(self):
        info = self.status("completed")
        [document, *_] = info["document-status"]
        place = f"order/{self.request_id}/task_1/doc_1/sdo" if self.v3 else "archive/"
        check(document["result-uri"].startswith(f"{DOC}/{place}"), document["result-uri"])
        self.result_uri = document["result-uri"]
        return "completed", None

    def history(self):
        events = [event["event"] for event in self.call("getRequestHistory", **self.task)]
        check({"request-created", "document-signed", "task-completed"} <= set(events), events)
        return ", ".join(events), None

    def packaging_status(self):
        for _ in range(150):
            [info] = self.call("getPackagingTaskStatus", **{"request-id": [self.request_id]})
            if info["packaging-task-status"] == "completed":
                uri = info["packaging-document-status"][0]["result-uri"]
                return f"completed, {len(download(uri, 'application/x-pades'))} bytes of PDF", None
            time.sleep(0.2)
        raise AssertionError("not completed in time")

    def delete(self):
        check(self.call("deleteRequest", **{"request-id": [self.request_id]}) == 1, "not 1")
        return "deleted 1", None

    def live(self):
        self.step("createRequest", self.create)
        self.step("fault", self.fault)
        self.step("getRequest", self.get)
        self.step("getStatus", self.created)
        self.step("setClientStatus", self.set_client_status)
        self.step("getTask", self.get_task)
        self.step("findTasks", self.find)
        self.step("getTaskCount", self.count)
        self.step("addNotification", self.add_notification)
        self.step("disableNotification", self.disable_notification)
        self.step("addTask", self.add_task)
        self.step("disableTask", self.disable_task)
        self.step("createArtifact", self.create_artifact)
        if self.v3:
            self.step("createUserSession", self.user_session)
        version = "v3" if self.v3 else "v2"
        step("portal", f"sign ({version} order)", lambda: (sign_as_person(self.request_id, "task_1", self.artifact or ""), None))
        self.step("getStatus", self.completed)
        self.step("getRequestHistory", self.history)
        if self.v3:
            self.step("getPackagingTaskStatus", self.packaging_status)


def made(reply):
    check(reply["error"] is None, reply["error"])
    pdf = download(f"{DOC}/sds/{reply['id']}", "application/x-pades")
    check(pdf.startswith(b"%PDF-"), "no PDF")
    return f"{len(pdf)} bytes of PDF", None


def package(api, sdo, **more):
    def run():
        reply = client_for(api).service["create-package"](
            **CREDENTIALS,
            version=api[-1],
            **{"validation-policy": "ltvsdo-validator", "packaging-method": "pades", **more, **sdo},
        )
        return made(reply)

    step(api, "create-package", run)


def packages(order):
    uri = {"uri-document-id": order.result_uri}
    place = {"request-id": order.request_id, "task-id": "task_1", "document-id": "doc_1"}
    result = {"order-document-id": {**place, "type": "result"}}
    source = {"order-document-id": {**place, "type": "source"}}
    extended = {"sdo": result, "supplementary-data": {"original-document": source}}
    package("packagingservice-v1", {"sdo": [uri]})
    package("packagingservice-v2", {"sdo": [result]})
    package("packagingservice-v3", {"_value_1": [{"sdo-extended": extended}]})
    package("packagingservice-v4", {"_value_1": [{"sdo": uri}]}, **{"send-result-to-archive": False})


def seal(sds_id):
    reply = client_for("sealingservice-v1").service["create-seal"](
        **CREDENTIALS,
        version="1",
        inputdocument={"sds-document-id": {"id": sds_id}},
        **{"packaging-method": "seal", "send-result-to-archive": False},
    )
    return made(reply)


def archive(order):
    api = "archiveservice-v3"
    archive_id = (order.result_uri or "").split("/")[-1]

    def get():
        reply = client_for(api).service.getDocument(**CREDENTIALS, version="3.0", **{"archive-id": archive_id})
        check(reply["data"] == download(order.result_uri, reply["mime-type"]), "the bytes are not those of GET")
        return f"{reply['mime-type']}, the bytes of GET", None

    def remove():
        both = [archive_id, "unknown"]
        found = client_for(api).service.removeDocument(**CREDENTIALS, version="3.0", **{"archive-id": both})
        check(found == [archive_id], found)
        return "found", None

    step("doc", "archived result", lambda: (f"{len(download(order.result_uri, 'application/x-ltv-sdo'))} bytes", None))
    step(api, "getDocument", get)
    step(api, "removeDocument", remove)


def packaged(client, request_id):
    """The addresses of what the packaging tasks made."""
    for _ in range(150):
        infos = client.service.getPackagingTaskStatus(**CREDENTIALS, **{"request-id": [request_id]})
        check([info["packaging-task-id"] for info in infos] == METHODS, infos)
        states = {info["packaging-task-status"] for info in infos}
        check("failed" not in states, infos)
        if states == {"completed"}:
            return [info["packaging-document-status"][0]["result-uri"] for info in infos]
        time.sleep(0.2)
    raise AssertionError("not completed in time")


def names_of_clients(sds_id):
    """An order with a task for each name that clients order methods with, a PDF of each signature."""
    operation = "sign (names of clients)"
    client = client_for("documentservice-v3")
    sds_document = client.get_type("{https://id.signicat.com/definitions/wsdl/Document-v3}sds-document")

    def run():
        request = {
            "language": "da",
            "subject": [{"id": "anna", "first-name": "Anna", "mobile": MOBILE}],
            "document": [sds_document(**{"id": "doc_1", "ref-sds-id": sds_id, "description": "Aftale & vilkår"})],
            "task": [
                {
                    "id": name,
                    "subject-ref": "anna",
                    "document-action": [{"type": "sign", "document-ref": "doc_1"}],
                    "signature": [{"method": [name]}],
                }
                for name in METHODS
            ],
            "packaging-task": [
                {
                    "packaging-task-id": name,
                    "method": "pades",
                    "packaging-task-document": [{"task-id": name, "document-id": "doc_1"}],
                }
                for name in METHODS
            ],
        }
        [request_id] = client.service.createRequest(**CREDENTIALS, request=[request])["request-id"]
        for name in METHODS:
            sign_as_person(request_id, name)
        uris = packaged(client, request_id)
        for uri in uris:
            check(download(uri, "application/x-pades").startswith(b"%PDF-"), f"{uri}: no PDF")
        return f"a PDF with {', '.join(METHODS)}", uris

    for uri in step("portal", operation, run) or []:
        report("expects-valid", "portal", operation, uri)


def result(order):
    check(b"LtvSdo" in download(order.result_uri, "application/x-ltv-sdo"), "not an LTV-SDO")
    return "an LTV-SDO", None


def original(order):
    check(download(order.result_uri[:-3] + "original", "application/pdf") == PDF, "the bytes differ")
    return "the bytes that were uploaded", None


def main():
    sds_id = step("doc", "upload", upload)
    step("doc", "download", lambda: (f"{len(download(f'{DOC}/sds/{sds_id}', 'application/pdf'))} bytes", None))
    step("doc", "delete", delete_upload)

    third = Order("documentservice-v3", sds_id)
    third.live()
    report("expects-callback", "callback", "order completed", third.request_id)
    step("doc", "result", lambda: result(third))
    step("doc", "original", lambda: original(third))
    packages(third)
    step("sealingservice-v1", "create-seal", lambda: seal(sds_id))
    third.step("deleteRequest", third.delete)
    names_of_clients(sds_id)

    second = Order("documentservice-v2", sds_id)
    second.live()
    archive(second)
    second.step("deleteRequest", second.delete)


main()
