package interop;

import java.io.OutputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A JAX-WS program on classes generated from the served WSDLs; the argument names the stack it runs on. Here: what all
 * parts share, and documents over HTTP.
 */
public final class Client {
  static final String URL = System.getenv("SEGL_URL");
  static final String SERVICE = System.getenv("SEGL_SERVICE");
  static final String PASSWORD = System.getenv("SEGL_PASSWORD");
  static final String CALLBACK = System.getenv("SEGL_CALLBACK");
  static final String DOC = URL + "/doc/" + SERVICE;
  static final String NATIONAL_ID = "1405822042";
  static final String MOBILE = System.getenv("SEGL_MOBILE");

  /** Names that clients order methods with. */
  static final List<String> METHODS = List.of(System.getenv("SEGL_METHODS").split(","));

  static final String ID = "\\d{8}[0-9a-z]{50}";
  static String name;

  interface Run {
    /** What was done, in words. */
    Object run() throws Exception;
  }

  static void report(String outcome, String api, String operation, String text) {
    String line = text.replaceAll("\\s+", " ");
    System.out.println(
        String.join("\t", outcome, api, operation, line.substring(0, Math.min(line.length(), 400))));
  }

  static void step(String api, String operation, Run run) {
    try {
      report("passed", api, operation, String.valueOf(run.run()));
    } catch (Exception error) {
      report("failed", api, operation, error.toString());
    }
  }

  static void check(boolean holds, Object what) {
    if (!holds) throw new IllegalStateException(String.valueOf(what));
  }

  /** The WSDL's address, for the constructors of generated services. */
  static URL wsdl(String api) throws Exception {
    return new URL(URL + "/ws/" + api + "?wsdl");
  }

  /** Gives credentials only when it was refused, so that every request is sent twice. */
  private static final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .authenticator(
              new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                  return new PasswordAuthentication(SERVICE, PASSWORD.toCharArray());
                }
              })
          .build();

  private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  static byte[] download(String address, String type) throws Exception {
    HttpResponse<byte[]> reply = send(HttpRequest.newBuilder(URI.create(address)));
    check(reply.statusCode() == 200, address + ": " + reply.statusCode());
    String found = reply.headers().firstValue("Content-Type").orElse("none");
    check(found.equals(type), "Content-Type is " + found);
    return reply.body();
  }

  private static String upload(byte[] bytes, String type) throws Exception {
    HttpResponse<byte[]> reply =
        send(
            HttpRequest.newBuilder(URI.create(DOC + "/sds"))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(bytes)));
    String id = new String(reply.body());
    check(reply.statusCode() == 201 && id.matches(ID), reply.statusCode() + " " + id);
    return id;
  }

  /** The whole body without credentials; the reply is 401 with a challenge that names a realm. */
  private static void uploadWithout(byte[] bytes) throws Exception {
    var connection = (HttpURLConnection) new URL(DOC + "/sds/'").openConnection();
    connection.setAuthenticator(
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            return null;
          }
        });
    connection.setDoOutput(true);
    connection.setFixedLengthStreamingMode(bytes.length);
    try (OutputStream body = connection.getOutputStream()) {
      body.write(bytes);
    }
    int status;
    try {
      status = connection.getResponseCode();
    } catch (java.net.HttpRetryException refused) {
      status = refused.responseCode();
    }
    check(status == 401, "without credentials: " + status);
  }

  static String signAsPerson(String requestId, String taskId, String artifact) throws Exception {
    String query = "request_id=" + requestId + "&task_id=" + taskId + "&artifact=" + artifact;
    String url = URL + "/std/docaction/" + SERVICE + "?" + query;
    Process person =
        new ProcessBuilder(
                System.getenv("SEGL_NODE"), System.getenv("SEGL_CLI"), "sandbox", "sign", url, "--user", "anna", "--quiet")
            .redirectErrorStream(true)
            .start();
    String told = new String(person.getInputStream().readAllBytes()).trim();
    check(person.waitFor() == 0, told);
    return "sent on to " + (told.isEmpty() ? "nowhere" : told);
  }

  public static void main(String[] args) throws Exception {
    name = "interop " + args[0];
    byte[] pdf = Files.readAllBytes(Path.of(System.getenv("SEGL_PDF")));
    String[] sdsId = {""};
    step(
        "doc",
        "upload",
        () -> {
          sdsId[0] = upload(pdf, "application/pdf");
          return sdsId[0];
        });
    step(
        "doc",
        "upload after 401",
        () -> {
          uploadWithout(pdf);
          upload("Blåbærgrød".getBytes("UTF-8"), "text/plain;charset=utf8");
          return "to /sds/', and by an Authenticator: the whole body twice";
        });
    step(
        "doc",
        "download",
        () -> {
          check(Arrays.equals(download(DOC + "/sds/" + sdsId[0], "application/pdf"), pdf), "the bytes differ");
          return "the same bytes";
        });
    step(
        "doc",
        "delete",
        () -> {
          URI address = URI.create(DOC + "/sds/" + upload(new byte[] {42}, "application/x-test"));
          check(send(HttpRequest.newBuilder(address).DELETE()).statusCode() < 300, "DELETE is refused");
          check(send(HttpRequest.newBuilder(address)).statusCode() == 404, "it is still there");
          return "then 404";
        });

    var third = new OrderV3(sdsId[0]);
    third.live();
    report("expects-callback", "callback", "order completed", third.requestId);
    step(
        "doc",
        "result",
        () -> {
          String sdo = new String(download(third.resultUri, "application/x-ltv-sdo"));
          check(sdo.contains("LtvSdo"), "not an LTV-SDO");
          return "an LTV-SDO";
        });
    step(
        "doc",
        "original",
        () -> {
          String address = third.resultUri.replaceAll("sdo$", "original");
          check(Arrays.equals(download(address, "application/pdf"), pdf), "the bytes differ");
          return "the bytes that were uploaded";
        });
    Packages.make(third, sdsId[0]);
    third.delete();
    new MethodNames(sdsId[0]).live();

    var second = new OrderV2(sdsId[0]);
    second.live();
    Packages.archive(second.resultUri);
    second.delete();
  }
}
