package io.sightglass.web.cli.sample;

import java.util.List;

/**
 * What a claim is about.
 *
 * @param weight how often it is claimed, relative to the others
 * @param medianDays how long a decision takes
 * @param complaint how people put it
 */
record Condition(
    int diagnosticCode, String classification, int weight, int medianDays, String complaint) {

  static final List<Condition> ALL =
      List.of(
          new Condition(6260, "tinnitus", 16, 24, "Ringing in both ears"),
          new Condition(6100, "hearing loss", 9, 31, "I can't hear speech, above all on the left"),
          new Condition(9411, "post traumatic stress disorder", 9, 78, "Nightmares and flashbacks"),
          new Condition(5237, "lumbosacral strain", 8, 52, "Lower back pain, worse in the morning"),
          new Condition(5260, "limitation of flexion, knee", 8, 49, "Knee gives way on stairs"),
          new Condition(8100, "migraine", 5, 57, "Migraines; light and noise make them worse"),
          new Condition(6847, "sleep apnea", 5, 63, "I stop breathing at night, \"like a drain\""),
          new Condition(9434, "major depressive disorder", 5, 80, "No sleep, no appetite"),
          new Condition(8520, "sciatic nerve", 4, 55, "Pain shoots down the leg, numb toes"),
          new Condition(5201, "limitation of motion, arm", 4, 50, "Can't lift the arm overhead"),
          new Condition(7101, "hypertension", 4, 22, "High blood pressure, on three pills"),
          new Condition(5271, "limitation of motion, ankle", 3, 47, "Ankle rolls, old sprain"),
          new Condition(7346, "hiatal hernia", 3, 44, "Reflux – worse since the café job"),
          new Condition(7913, "diabetes mellitus", 3, 41, "Type 2 diabetes"),
          new Condition(6522, "allergic rhinitis", 3, 27, "Stuffed nose all year, burn pits"),
          new Condition(5003, "degenerative arthritis", 3, 58, "Both hands, stiff and swollen"),
          new Condition(9400, "generalized anxiety disorder", 3, 76, "Panic in crowds"),
          new Condition(6602, "bronchial asthma", 2, 36, "Short of breath, inhaler daily"),
          new Condition(7806, "dermatitis", 2, 33, "Rash on arms and neck"),
          new Condition(8045, "traumatic brain injury", 2, 96, "Blast exposure, memory gone"),
          new Condition(6513, "sinusitis", 2, 30, "Sinus infections, 5 to 6 a year"),
          new Condition(7528, "genitourinary cancer", 1, 38, "Prostate, diagnosed after Agent O."));

  private static final int TOTAL_WEIGHT = ALL.stream().mapToInt(Condition::weight).sum();

  /** One of them, as often as its weight says. */
  static Condition pick(SampleRandom random) {
    int left = random.below(TOTAL_WEIGHT);
    for (Condition condition : ALL) {
      left -= condition.weight();
      if (left < 0) {
        return condition;
      }
    }
    throw new AssertionError("weights sum up to " + TOTAL_WEIGHT);
  }
}
