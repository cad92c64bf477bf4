package io.sightglass.engine.duckdb;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The settings that take everything from an instance but reading its own folders. Their order
 * matters: what needs access comes before access ends, and the lock is last.
 */
final class Lockdown {

  /** With these, an engine concludes from empty tables that there is nothing to plan. */
  static final String OF_PLANS =
      "SET disabled_optimizers = 'statistics_propagation,empty_result_pullup'";

  private Lockdown() {}

  static List<String> beforeDefinitions(DuckDbSettings settings, Path folder) {
    return List.of(
        "SET temp_directory = " + Quoted.text(folder.resolve("spill").toString()),
        "SET max_temp_directory_size = '%dB'".formatted(settings.maxSpillBytes()),
        "SET memory_limit = '%dB'".formatted(settings.memoryLimitBytes()),
        "SET threads = " + settings.threads(),
        "SET allow_persistent_secrets = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET allow_community_extensions = false",
        "SET allow_extension_repositories = 'forbidden'",
        "SET parquet_metadata_cache = true",
        "SET TimeZone = 'UTC'");
  }

  /** Settings that {@code duplicate()} copies from a template connection. */
  static List<String> ofEverySession(DuckDbSettings settings) {
    return List.of(
        "SET TimeZone = 'UTC'",
        "SET Calendar = 'gregorian'",
        "SET max_expression_depth = 250",
        "SET max_execution_time = " + settings.maxExecutionTime().toMillis());
  }

  static List<String> ofStreamingSessions() {
    return List.of(
        // Only statements of callers show their progress: it costs a tenth of the CPU of a load,
        // since the thread that waits asks every operator for it, without a pause.
        "SET enable_progress_bar = true",
        "SET enable_progress_bar_print = false",
        "SET jdbc_stream_results = true",
        "SET streaming_buffer_size = '1MB'",
        "SET arrow_large_buffer_size = false",
        "SET arrow_output_list_view = false",
        "SET produce_arrow_string_view = false");
  }

  static List<String> locks(DuckDbSettings settings, Path folder) {
    List<String> directories =
        Stream.concat(settings.allowedDirectories().stream(), Stream.of(folder.resolve("results")))
            .map(Lockdown::asPrefix)
            .toList();
    return List.of(
        "SET allowed_directories = " + Quoted.texts(directories),
        "SET enable_external_access = false",
        "SET allowed_configs = []",
        "SET lock_configuration = true");
  }

  /** The engine compares prefixes of text: without the slash, {@code data} would admit data2. */
  private static String asPrefix(Path directory) {
    String text = directory.toAbsolutePath().normalize().toString();
    return text.endsWith("/") ? text : text + "/";
  }
}
