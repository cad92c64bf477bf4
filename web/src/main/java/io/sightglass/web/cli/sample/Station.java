package io.sightglass.web.cli.sample;

import java.util.List;

/**
 * A regional office.
 *
 * @param number as claims name it, such as {@code 316}
 * @param zipPrefix first three digits of the postal codes around it
 */
record Station(String number, String state, String zipPrefix) {

  static final List<Station> ALL =
      List.of(
          new Station("301", "MA", "021"),
          new Station("306", "NY", "100"),
          new Station("309", "RI", "029"),
          new Station("310", "PA", "191"),
          new Station("311", "PA", "152"),
          new Station("314", "VA", "240"),
          new Station("315", "WV", "257"),
          new Station("316", "GA", "300"),
          new Station("317", "FL", "337"),
          new Station("318", "NC", "271"),
          new Station("319", "SC", "292"),
          new Station("320", "TN", "372"),
          new Station("322", "AL", "361"),
          new Station("325", "OH", "441"),
          new Station("328", "IL", "606"),
          new Station("329", "MI", "482"),
          new Station("331", "MO", "631"),
          new Station("335", "MN", "551"),
          new Station("339", "CO", "802"),
          new Station("343", "CA", "946"),
          new Station("344", "CA", "900"),
          new Station("345", "AZ", "850"),
          new Station("346", "WA", "981"),
          new Station("349", "TX", "767"),
          new Station("362", "TX", "770"),
          new Station("377", "CA", "921"));
}
