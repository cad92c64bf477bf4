package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;

final class GrowthBound {
  GrowthBound(Walk walk) {}

  void check(JsonNode tree) {}
}
