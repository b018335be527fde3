import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/**
 * EU DSS as a process: a line with a job in, a line of JSON out, in the order in which they came. A job is named fields
 * with tabs between them; `do` says whether to `judge` a file, to `check` a validation report against the schema of
 * ETSI TS 119 102-2, or to `sign`, `extend` or `countersign` a file.
 */
public final class Main {
  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String answer;
      try {
        Job job = new Job(line);
        answer =
            switch (job.text("do")) {
              case "judge" -> Judge.judge(job);
              case "check" -> Judge.check(job);
              default -> Maker.make(job);
            };
      } catch (Throwable error) {
        answer = "{\"error\":" + Json.quote(error.toString()) + "}";
      }
      System.out.write((answer + "\n").getBytes(StandardCharsets.UTF_8));
      System.out.flush();
    }
  }
}
