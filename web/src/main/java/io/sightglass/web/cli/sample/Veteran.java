package io.sightglass.web.cli.sample;

import java.time.LocalDate;
import java.util.List;

/**
 * A person who does not exist. Every identifying value carries a {@link Canary}.
 *
 * @param zip five digits, of {@code state}
 */
record Veteran(
    long participantId,
    String ssn,
    String fileNumber,
    String firstName,
    String lastName,
    LocalDate birthDate,
    String email,
    String phone,
    String zip,
    String state) {

  private static final List<String> FIRST_NAMES =
      List.of(
          "Aaron", "Alicia", "Andre", "Angela", "Brian", "Carmen", "Chloë", "Daniel", "Denise",
          "Dwight", "Elena", "Frank", "Grace", "Hector", "Irene", "James", "José", "Karen", "Luis",
          "Malik", "Maria", "Noel", "Olivia", "Pedro", "Quinn", "Renée", "Samuel", "Tamara",
          "Ursula", "Victor", "Wanda", "Yolanda", "Zachary");

  private static final List<String> LAST_NAMES =
      List.of(
          "Adams",
          "Baker",
          "Carter",
          "Diaz",
          "Edwards",
          "Flores",
          "García",
          "Hughes",
          "Ibrahim",
          "Jackson",
          "Kim",
          "Lopez",
          "Müller",
          "Nguyễn",
          "O'Brien",
          "Perez",
          "Quincy",
          "Reed",
          "Smith-Jones",
          "Torres",
          "Underwood",
          "Vargas",
          "Washington",
          "Xiong",
          "Young",
          "Zamora");

  private static final int BIRTH_DAYS =
      (int) (Canary.LAST_BIRTH_DATE.toEpochDay() - Canary.FIRST_BIRTH_DATE.toEpochDay() + 1);

  /** The person of a number, always the same one. */
  static Veteran of(long seed, long number) {
    SampleRandom random = SampleRandom.of(seed, SampleRandom.Stream.VETERAN, number);
    long participantId = Canary.FIRST_PARTICIPANT_ID + number;
    String firstName = random.pick(FIRST_NAMES);
    String lastName = random.pick(LAST_NAMES);
    Station home = random.pick(Station.ALL);
    return new Veteran(
        participantId,
        Canary.TEXT + "-" + digits(random, 2) + "-" + digits(random, 4),
        Canary.TEXT + digits(random, 8),
        Canary.TEXT + firstName,
        Canary.TEXT + lastName,
        birthDate(random),
        Canary.TEXT + "." + Long.toString(number, 36) + "@example.org",
        Canary.TEXT + " (555) 01" + random.below(10) + "-" + digits(random, 4),
        home.zipPrefix() + digits(random, 2),
        home.state());
  }

  private static LocalDate birthDate(SampleRandom random) {
    LocalDate date = Canary.FIRST_BIRTH_DATE.plusDays(random.below(BIRTH_DAYS));
    return date.getDayOfYear() == 1 ? date.plusDays(1) : date;
  }

  private static String digits(SampleRandom random, int count) {
    StringBuilder text = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      text.append((char) ('0' + random.below(10)));
    }
    return text.toString();
  }
}
