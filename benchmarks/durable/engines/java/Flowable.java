import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.delegate.DelegateExecution;
import org.flowable.common.engine.impl.history.HistoryLevel;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;
import org.flowable.task.api.Task;

/** Flowable with its full history. */
final class Flowable implements Durable.Engine {
  private final ProcessEngine engine;

  Flowable(DataSource source, String model) {
    StandaloneProcessEngineConfiguration settings = new StandaloneProcessEngineConfiguration();
    settings.setDataSource(source);
    settings.setDatabaseSchemaUpdate("true");
    settings.setHistory(HistoryLevel.FULL.getKey());
    settings.setAsyncExecutorActivate(false);
    settings.setBeans(new HashMap<>(Map.of("services", new Services())));
    engine = settings.buildProcessEngine();
    String written = model.replace("urn:java", "http://flowable.org/bpmn");
    engine
        .getRepositoryService()
        .createDeployment()
        .addString("complaint.bpmn", written)
        .deploy();
  }

  @Override
  public void start() {
    engine.getRuntimeService().startProcessInstanceByKey("COMPLAINT");
  }

  @Override
  public List<String> tasks(String elementId) {
    return engine.getTaskService().createTaskQuery().taskDefinitionKey(elementId).list().stream()
        .map(Task::getId)
        .toList();
  }

  @Override
  public void complete(String taskId, Map<String, Object> variables) {
    engine.getTaskService().complete(taskId, variables);
  }

  @Override
  public long running() {
    return engine.getRuntimeService().createProcessInstanceQuery().count();
  }

  @Override
  public String version() {
    return "Flowable " + ProcessEngine.class.getPackage().getImplementationVersion();
  }

  @Override
  public void close() {
    engine.close();
  }

  /** The decision sets variables, which needs the engine's own type. */
  public static final class Services {
    private final Durable.Services plain = new Durable.Services();

    public Object op_lookup(Object customerId) {
      return plain.op_lookup(customerId);
    }

    public Object op_pay(Object amount) {
      return plain.op_pay(amount);
    }

    public Object list(Object first, Object second) {
      return plain.list(first, second);
    }

    public void triage(DelegateExecution execution) {
      int[] found = Durable.Services.triage(execution.getVariables());
      execution.setVariables(Map.of("priority", found[0], "goodwill", found[1]));
    }
  }
}
