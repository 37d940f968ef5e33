import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One engine, one run: `Durable ENGINE MODEL JDBC_URL USER CALLERS INSTANCES ROUNDS`.
 *
 * <p>Each caller waits for the acknowledgement of its request, which is one transaction, before it makes the next. Prints a line
 * of JSON per round: seconds, and milliseconds of every request. The first round is there to warm the machine up.
 */
public final class Durable {
  /** What is asked of an engine. */
  interface Engine extends AutoCloseable {
    void start();

    List<String> tasks(String elementId);

    void complete(String taskId, Map<String, Object> variables);

    long running();

    String version();
  }

  private static final Map<String, Object> REGISTERED =
      Map.of(
          "customer_id", "C-1001",
          "severity", 2,
          "amount", 180,
          "text", "Delivery was late and the box was open",
          "channel", "email");
  private static final Map<String, Object> HANDLED = Map.of("decision", "refund");

  public static void main(String[] arguments) throws Exception {
    String model = Files.readString(Path.of(arguments[1]));
    int callers = Integer.parseInt(arguments[4]);
    int instances = Integer.parseInt(arguments[5]);
    int rounds = Integer.parseInt(arguments[6]);
    HikariConfig pool = new HikariConfig();
    pool.setJdbcUrl(arguments[2]);
    pool.setUsername(arguments[3]);
    pool.setMaximumPoolSize(callers + 2);
    try (HikariDataSource source = new HikariDataSource(pool);
        Engine engine =
            arguments[0].equals("camunda")
                ? new Camunda(source, model)
                : new Flowable(source, model)) {
      ExecutorService crowd = Executors.newFixedThreadPool(callers);
      for (int round = 0; round < rounds; round++) {
        measure(engine, crowd, instances);
      }
      crowd.shutdown();
    }
    System.exit(0);
  }

  private static void measure(Engine engine, ExecutorService crowd, int instances)
      throws Exception {
    List<Double> took = new ArrayList<>();
    double seconds = all(crowd, IntStream.range(0, instances).mapToObj(any -> engine::start), took);
    for (String elementId : List.of("register", "handle")) {
      Map<String, Object> variables = elementId.equals("register") ? REGISTERED : HANDLED;
      Stream<Runnable> work =
          engine.tasks(elementId).stream().map(id -> () -> engine.complete(id, variables));
      seconds += all(crowd, work, took);
    }
    if (engine.running() != 0) {
      throw new IllegalStateException(engine.running() + " instances still run");
    }
    double[] sorted = took.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "{\"version\": \"%s\", \"seconds\": %.6f, \"requests\": %d, \"p50_ms\": %.3f, \"p99_ms\": %.3f}%n",
        engine.version(),
        seconds,
        sorted.length,
        sorted[sorted.length / 2],
        sorted[(int) (sorted.length * 0.99)]);
    System.out.flush();
  }

  private static double all(ExecutorService crowd, Stream<Runnable> work, List<Double> took)
      throws Exception {
    List<Callable<Double>> timed =
        work.map(
                piece ->
                    (Callable<Double>)
                        () -> {
                          long began = System.nanoTime();
                          piece.run();
                          return (System.nanoTime() - began) / 1e6;
                        })
            .toList();
    long began = System.nanoTime();
    for (Future<Double> done : crowd.invokeAll(timed)) {
      took.add(done.get());
    }
    return (System.nanoTime() - began) / 1e9;
  }

  /** What the model calls; the decision table of a complaint is a method here. */
  public static final class Services {
    public Map<String, Object> op_lookup(Object customerId) {
      return new java.util.HashMap<>(Map.of("segment", "gold", "since", 2009));
    }

    public Map<String, Object> op_pay(Object amount) {
      return new java.util.HashMap<>(Map.of("paid", amount));
    }

    public List<Object> list(Object first, Object second) {
      return new ArrayList<>(Arrays.asList(first, second));
    }

    public static int[] triage(Map<String, Object> variables) {
      long severity = ((Number) variables.get("severity")).longValue();
      long amount = ((Number) variables.get("amount")).longValue();
      Object segment = ((Map<?, ?>) variables.get("customer")).get("segment");
      if (severity <= 1) {
        return amount < 50 ? new int[] {1, 0} : new int[] {2, 10};
      }
      if (severity == 2) {
        return "gold".equals(segment) ? new int[] {3, 50} : new int[] {2, 20};
      }
      return new int[] {4, 100};
    }
  }
}
