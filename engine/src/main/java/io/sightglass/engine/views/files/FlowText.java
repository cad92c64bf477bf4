package io.sightglass.engine.views.files;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Puts together what YAML's flow style takes apart: in {@code [bucket(16, id)]} and {@code {type:
 * DECIMAL(12, 2)}} the comma inside the brackets ends an item, which nobody means. Stateless.
 */
final class FlowText {

  private FlowText() {}

  /** The items of a list. */
  static List<Node> items(List<Node> items) {
    List<Node> joined = new ArrayList<>();
    for (Node item : items) {
      Node last = joined.isEmpty() ? null : joined.getLast();
      if (last instanceof ScalarNode open
          && isOpen(open)
          && item instanceof ScalarNode next
          && next.isPlain()) {
        joined.set(joined.size() - 1, join(open, next));
      } else {
        joined.add(item);
      }
    }
    return joined;
  }

  /** The keys and values of a mapping. */
  static List<NodeTuple> tuples(List<NodeTuple> tuples) {
    List<NodeTuple> joined = new ArrayList<>();
    for (NodeTuple tuple : tuples) {
      NodeTuple last = joined.isEmpty() ? null : joined.getLast();
      if (last != null
          && last.getValueNode() instanceof ScalarNode open
          && isOpen(open)
          && tuple.getKeyNode() instanceof ScalarNode next
          && next.isPlain()
          && isNothing(tuple.getValueNode())) {
        joined.set(joined.size() - 1, new NodeTuple(last.getKeyNode(), join(open, next)));
      } else {
        joined.add(tuple);
      }
    }
    return joined;
  }

  private static boolean isOpen(ScalarNode scalar) {
    return scalar.isPlain() && count(scalar.getValue(), '(') > count(scalar.getValue(), ')');
  }

  private static long count(String text, char sign) {
    return text.chars().filter(c -> c == sign).count();
  }

  private static boolean isNothing(@Nullable Node node) {
    return node instanceof ScalarNode scalar && scalar.getValue().isEmpty() && scalar.isPlain();
  }

  private static ScalarNode join(ScalarNode open, ScalarNode next) {
    return new ScalarNode(
        Tag.STR,
        true,
        open.getValue() + ", " + next.getValue(),
        open.getScalarStyle(),
        open.getStartMark(),
        Optional.empty());
  }
}
