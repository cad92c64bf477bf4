package io.sightglass.web.cli;

import io.sightglass.web.wiring.Engine;
import io.sightglass.web.wiring.Service;
import io.sightglass.web.wiring.Settings;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The service, until it is told to stop. */
@Command(name = "serve", description = "Runs the service.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  ServeCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() throws InterruptedException {
    CommandSpec spec = Objects.requireNonNull(command);
    Settings settings = ServiceFlags.read(spec, spec.commandLine().getOut());
    Engine engine = Engine.open(settings, InstantSource.system());
    Service service = Service.start(settings, engine);
    spec.commandLine().getOut().printf("Sightglass answers at %s%n", service.url());
    spec.commandLine().getOut().flush();
    untilStopped(service);
    return Main.DONE;
  }

  /** Waits for Ctrl-C or a TERM signal; what is under way is then ended in order. */
  static void untilStopped(Service service) throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  service.close();
                  closed.countDown();
                },
                "stop"));
    closed.await();
  }
}
