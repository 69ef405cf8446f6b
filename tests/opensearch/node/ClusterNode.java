import java.nio.file.Files;
import java.nio.file.Path;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * One node of OpenSearch in a process of its own: {@code java ClusterNode FOLDER name=value ...}.
 *
 * It lives as long as its standard input is open, so it ends with whoever started it, however that ends.
 */
public final class ClusterNode {
    private ClusterNode() {}

    public static void main(String[] arguments) throws Exception {
        OpenSearchRunner runner = new OpenSearchRunner();
        // Else the runner looks for a port of its own, and node 2 takes that of node 3.
        runner.setMaxHttpPort(-1);
        runner.onBuild((number, settings) -> {
            for (int i = 1; i < arguments.length; i++) {
                String[] setting = arguments[i].split("=", 2);
                if (setting[1].contains(",")) {
                    settings.putList(setting[0], setting[1].split(","));
                } else {
                    settings.put(setting[0], setting[1]);
                }
            }
        });
        Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
        Thread watcher = new Thread(ClusterNode::endWithTheInput);
        watcher.setDaemon(true);
        watcher.start();
        runner.build(OpenSearchRunner.newConfigs().basePath(folder.toString()).numOfNode(1));
        watcher.join();
    }

    private static void endWithTheInput() {
        try {
            while (System.in.read() != -1) {}
        } catch (java.io.IOException closed) {
            System.err.println("standard input: " + closed);
        }
        System.exit(0);
    }

    private static void close(OpenSearchRunner runner) {
        try {
            runner.close();
        } catch (java.io.IOException failure) {
            System.err.println("not closed: " + failure);
        }
    }
}
