"""Every shipped view, computed once more from the raw input with pandas, beside what the service answers.

Input that a load must not let in is told apart here by rules of this script's own, not by the service's.
"""

import csv
import datetime
import decimal
import gzip
import io
import json
import math
import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas
import pyarrow.ipc
import requests

import rawavro
from service import URL, report

LANDING = Path(os.environ["SIGHTGLASS_LANDING"])
TOKENS = {"analyst": os.environ["SIGHTGLASS_TOKEN"], "pii_reader": os.environ["SIGHTGLASS_PII_TOKEN"]}
UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)


def text(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.name.endswith(".gz") else data).decode("utf-8-sig")


def instant(value, formats, zone=UTC):
    for pattern in formats:
        try:
            parsed = datetime.datetime.strptime(value, pattern)
        except ValueError:
            continue
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC)
    raise ValueError(value)


def iso(value):
    return instant(value, ["%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%fZ"])


def required(value):
    if value is None:
        raise ValueError("missing")
    return value


def among(*allowed):
    def check(value):
        if value is not None and value not in allowed:
            raise ValueError(value)
        return value

    return check


def whole(low=None, high=None):
    def check(value):
        if value is None:
            return None
        number = int(value)
        if (low is not None and number < low) or (high is not None and number > high):
            raise ValueError(value)
        return number

    return check


def matching(pattern):
    def check(value):
        if value is not None and not re.fullmatch(pattern, value):
            raise ValueError(value)
        return value

    return check


def optional(convert):
    return lambda value: None if value is None else convert(value)


def birth(value):
    for pattern in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.datetime.strptime(value, pattern).date()
        except ValueError:
            continue
    raise ValueError(value)


def truth(value):
    if value in ("true", "Y"):
        return True
    if value in ("false", "N"):
        return False
    raise ValueError(value)


def submitted(value):
    return instant(required(value), ["%Y-%m-%dT%H:%M:%S%z", "%m/%d/%Y %H:%M"], ZoneInfo("America/New_York"))


CLAIM = {
    "claim_id": lambda value: int(required(value)),
    "veteran_participant_id": lambda value: int(required(value)),
    "ssn": matching(r"(\d{3}|[A-Z]{4})-\d{2}-\d{4}"),
    "birth_date": optional(birth),
    "submitted_at": submitted,
    "received_at": optional(iso),
    "claim_type": among("new", "increase", "secondary", "supplemental"),
    "contention_count": whole(1, 500),
    "primary_diagnostic_code": whole(),
    "status": among("pending", "established", "decided", "error"),
    "established_at": optional(iso),
    "decided_at": optional(iso),
    "days_to_decision": whole(0),
    "combined_rating": whole(0, 100),
    "backup_submission": optional(truth),
}


def converted(row, columns):
    """The row with its values, or None when a load must reject it."""
    try:
        return {name: columns.get(name, lambda value: value)(value) for name, value in row.items()}
    except (ValueError, TypeError):
        return None


def claims():
    kept = {}
    for path in sorted(LANDING.glob("benefits/claims/*.csv.gz")):
        lines = list(csv.reader(io.StringIO(text(path), newline="")))
        header = ["zip" if name == "ZIP_CODE" else name for name in lines[0]]
        if len(lines) > 1 and len(lines[-1]) != len(header):
            continue  # cut off: the whole file is out
        for line in lines[1:]:
            if len(line) != len(header):
                continue
            cells = [None if cell in ("", "NULL", "null", "N/A", "\\N") else cell for cell in line]
            row = converted(dict(zip(header, cells)), CLAIM)
            if row is None or row["form_version"] == "draft":
                continue
            before = kept.get(row["claim_id"])
            if before is None or row["received_at"] >= before["received_at"]:
                kept[row["claim_id"]] = row
    return list(kept.values())


def objects(pattern):
    for path in sorted(LANDING.glob(pattern)):
        for line in text(path).splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


ACTIONS = [
    "ContentionAssociatedToClaim",
    "ContentionClassified",
    "ContentionUpdated",
    "ContentionCompleted",
    "ContentionDeleted",
]
EVENT = {
    "EventId": required,
    "ActionName": lambda value: among(*ACTIONS)(required(value)),
    "ClaimId": lambda value: int(required(value)),
    "EventTime": lambda value: iso(required(value)),
    **{name: optional(iso) for name in ("DateAdded", "DateCompleted", "DateUpdated", "BieTs", "SourceTs", "ConnectorTs")},
}
EVENT_FIELDS = [
    "EventId", "ActionName", "ActionResultName", "ActorApplicationId", "ActorStation", "ActorUserId",
    "AutomationIndicator", "BenefitClaimTypeCode", "ClaimId", "ContentionClassificationName", "ContentionId",
    "ContentionStatusTypeCode", "ContentionTypeCode", "CurrentLifecycleStatus", "DateAdded", "DateCompleted",
    "DateUpdated", "Details", "DiagnosticTypeCode", "Description", "EventTime", "JournalStatusTypeCode",
    "VeteranParticipantId", "BieTs", "SourceTs", "ConnectorTs",
]


def events():
    raw = list(objects("benefits/contention_events/*.ndjson.gz"))
    for path in sorted(LANDING.glob("topics/contention-events/*/*/*/*.avro")):
        raw.extend(rawavro.records(path))
    kept = {}
    for fields in raw:
        fields = {name: fields.get(name) for name in EVENT_FIELDS}
        row = converted(
            {name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime.datetime) else value
             for name, value in fields.items()}, EVENT)
        if row is not None:
            kept.setdefault(row["EventId"], row)
    return list(kept.values())


def in_order(rows, key, columns):
    """What is known after the last event of each thing, and the events in their order."""
    ordered = sorted(rows, key=columns)
    things = {}
    for row in ordered:
        things.setdefault(row[key], []).append(row)
    return things


def event_order(row):
    return (row["EventTime"], row["SourceTs"] or datetime.datetime.min.replace(tzinfo=UTC), row["EventId"])


def folded(steps):
    """Each event with what was known at that time."""
    known = {}
    for step in steps:
        known = {**known, **{name: value for name, value in step.items() if value is not None}}
        yield step, {name: known.get(name) for name in step}


def answer(view, who="analyst"):
    response = requests.post(
        f"{URL}/v1/sql",
        json={"sql": f"SELECT * FROM {view}"},
        headers={"Authorization": f"Bearer {TOKENS[who]}", "Accept": "application/vnd.apache.arrow.stream"},
        timeout=120,
    )
    response.raise_for_status()
    return pyarrow.ipc.open_stream(response.content).read_all().to_pylist()


def sortable(row):
    return [f"{value:.6f}" if isinstance(value, float) else "" if value is None else str(value) for value in row]


def same(seen, expected):
    if isinstance(seen, float) and isinstance(expected, (int, float)):
        return math.isclose(seen, expected, rel_tol=1e-9, abs_tol=1e-9)
    return seen == expected


def compare(view, expected, columns, who="analyst", at_least=1):
    """The rows must be the same, whatever their order; of the columns those that are named."""
    names = columns if isinstance(columns, dict) else {name: name for name in columns}
    seen = sorted(([row[name] for name in names] for row in answer(view, who)), key=sortable)
    wanted = sorted(([row[name] for name in names.values()] for row in expected), key=sortable)
    if len(seen) != len(wanted) or len(wanted) < at_least:
        raise AssertionError(f"{len(seen)} rows; expected {len(wanted)}, at least {at_least}")
    for one, other in zip(seen, wanted):
        for name, value, right in zip(names, one, other):
            if not same(value, right):
                raise AssertionError(f"{name}: {value!r}; expected {right!r}; in {one}, expected {other}")


OPEN_COLUMNS = [
    "claim_id", "zip", "state", "station_of_jurisdiction", "submitted_at", "received_at", "form_version", "claim_type",
    "benefit_claim_type_code", "contention_count", "primary_diagnostic_code", "status", "established_at", "decided_at",
    "days_to_decision", "combined_rating", "submission_channel", "error_code", "backup_submission", "year", "last_four",
]


def check_claims(view, rows):
    shown = answer(view)
    pseudonyms = {}
    by_id = {row["claim_id"]: row for row in rows}
    for row in shown:
        person = by_id[row["claim_id"]]["veteran_participant_id"]
        if pseudonyms.setdefault(person, row["veteran_participant_id"]) != row["veteran_participant_id"]:
            raise AssertionError("one person with two pseudonyms")
        if "CNRY" in str(row) or row["first_name"] != "[redacted]":
            raise AssertionError(f"an identity in {row['claim_id']}")
    if len(set(pseudonyms.values())) != len(pseudonyms):
        raise AssertionError("two persons with one pseudonym")
    for row in rows:
        row["year"] = row["birth_date"].replace(month=1, day=1) if row["birth_date"] else None
        row["last_four"] = "****-**-" + row["ssn"][-4:] if row["ssn"] else None
    names = {name: name for name in OPEN_COLUMNS if name not in ("year", "last_four")}
    compare(view, rows, {**names, "birth_date": "year", "ssn": "last_four"})


def check_identified(rows):
    names = [name for name in OPEN_COLUMNS if name not in ("year", "last_four")]
    direct = ["ssn", "file_number", "first_name", "last_name", "birth_date", "email", "phone"]
    compare("benefits.claims_identified", rows, names + direct, who="pii_reader")


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def check_events(rows):
    masked = {"ActorUserId", "Details", "Description", "VeteranParticipantId"}
    compare("benefits.contention_events", rows, {snake(name): name for name in EVENT_FIELDS if name not in masked})


CONTENTION = {
    "contention_id": "ContentionId",
    "claim_id": "ClaimId",
    "classification": "ContentionClassificationName",
    "diagnostic_type_code": "DiagnosticTypeCode",
    "status": "ContentionStatusTypeCode",
    "contention_type_code": "ContentionTypeCode",
    "lifecycle_status": "CurrentLifecycleStatus",
    "automation": "AutomationIndicator",
    "benefit_claim_type_code": "BenefitClaimTypeCode",
    "date_added": "DateAdded",
    "date_updated": "DateUpdated",
    "date_completed": "DateCompleted",
    "last_action": "ActionName",
    "last_event_time": "EventTime",
}


def latest(things):
    """The state of each contention after its last event, by pandas' own last known value; no deleted ones."""
    table = pandas.DataFrame([step for steps in things.values() for step in steps]).astype(object)
    last = table.where(table.notna(), None).groupby("ContentionId", sort=False).last().reset_index()
    rows = last.astype(object).where(last.notna(), None).to_dict("records")
    for row in rows:
        for name, value in row.items():
            if isinstance(value, pandas.Timestamp):
                row[name] = value.to_pydatetime()
        row["completed"] = any(step["ActionName"] == "ContentionCompleted" for step in things[row["ContentionId"]])
    return [row for row in rows if things[row["ContentionId"]][-1]["ActionName"] != "ContentionDeleted"]


def check_contentions(things):
    compare("benefits.contentions", latest(things), {**CONTENTION, "completed": "completed"})


HISTORY = ["classification", "diagnostic_type_code", "status", "contention_type_code", "lifecycle_status", "automation"]


def check_history(things):
    expected = []
    for contention, steps in things.items():
        periods = []
        for step, known in folded(steps):
            deleted = step["ActionName"] == "ContentionDeleted"
            state = (deleted, *(known[CONTENTION[name]] for name in HISTORY))
            if not periods or periods[-1]["state"] != state:
                if periods:
                    periods[-1]["valid_to"] = step["EventTime"]
                periods.append({
                    "state": state, "contention_id": contention, "claim_id": step["ClaimId"],
                    "valid_from": step["EventTime"], "valid_to": None, **dict(zip(HISTORY, state[1:])),
                })
        expected += [period for period in periods if not period["state"][0]]
    compare("benefits.contention_history", expected, ["contention_id", "claim_id", *HISTORY, "valid_from", "valid_to"])


def check_daily(things):
    days = [step["EventTime"].date() for steps in things.values() for step in steps]
    counts = {}
    for steps in things.values():
        ends = {}
        for step, known in folded(steps):
            deleted = step["ActionName"] == "ContentionDeleted"
            ends[step["EventTime"].date()] = (
                None if deleted else (known["ContentionClassificationName"], known["ContentionStatusTypeCode"]))
        state = None
        day = min(ends)
        while day <= max(days):
            state = ends.get(day, state)
            if state is not None:
                counts[(day, *state)] = counts.get((day, *state), 0) + 1
            day += DAY
    expected = [
        {"day": day, "classification": classification, "status": status, "contentions": count}
        for (day, classification, status), count in counts.items()
    ]
    compare("benefits.contention_daily", expected, ["day", "classification", "status", "contentions"], at_least=50)


def check_impact(things):
    outcomes = []
    for steps in things.values():
        if steps[-1]["ActionName"] == "ContentionDeleted":
            continue
        states = list(folded(steps))
        done = [state for state in states if state[0]["ActionName"] == "ContentionCompleted"]
        final = (done or states)[-1][1]
        first = next((known["ContentionClassificationName"] for _, known in states
                      if known["ContentionClassificationName"] is not None), None)
        added = states[-1][1]["DateAdded"]
        completed = done[-1][0]["DateCompleted"] if done else None
        week = added.isocalendar()
        outcomes.append({
            "classification": final["ContentionClassificationName"],
            "iso_week": f"{week.year}-W{week.week:02d}",
            "automation": final["AutomationIndicator"],
            "accurate": None if first is None else first == final["ContentionClassificationName"],
            "completed": bool(done),
            "days": (completed - added) / DAY if completed else None,
        })
    keys = ["classification", "iso_week", "automation", "accurate"]
    groups = {}
    for outcome in outcomes:
        groups.setdefault(tuple(outcome[key] for key in keys), []).append(outcome)
    expected = []
    for key, group in groups.items():
        days = pandas.Series([one["days"] for one in group if one["days"] is not None], dtype=float)
        expected.append({
            **dict(zip(keys, key)),
            "contentions": len(group),
            "completed": sum(one["completed"] for one in group),
            "median_days": days.median() if len(days) else None,
            "mean_days": days.mean() if len(days) else None,
        })
    compare("benefits.classification_impact", expected,
            keys + ["contentions", "completed", "median_days", "mean_days"], at_least=50)


def apart(later, earlier):
    return None if later is None or earlier is None else (later - earlier) / DAY


def check_lifecycle(rows, event_rows, things):
    of_claim = {}
    for event in event_rows:
        of_claim.setdefault(event["ClaimId"], []).append(event["EventTime"])
    counted = {}
    for row in latest(things):
        counts = counted.setdefault(row["ClaimId"], [0, 0])
        counts[0] += 1
        counts[1] += row["completed"]
    expected = []
    for claim in rows:
        times = of_claim.get(claim["claim_id"], [])
        first, last = (min(times), max(times)) if times else (None, None)
        contentions, completed = counted.get(claim["claim_id"], (0, 0))
        expected.append({
            "claim_id": claim["claim_id"], "submitted_at": claim["submitted_at"], "decided_at": claim["decided_at"],
            "first_event_at": first, "last_event_at": last,
            "contentions": contentions, "completed_contentions": completed,
            "days_to_first_event": apart(first, claim["submitted_at"]),
            "days_of_events": apart(last, first),
            "days_from_last_event": apart(claim["decided_at"], last),
            "days_to_decision": apart(claim["decided_at"], claim["submitted_at"]),
        })
    if not all(row["first_event_at"] for row in expected):
        raise AssertionError("claims without events")
    compare("benefits.claim_lifecycle", expected, list(expected[0]))


def check_merge_jobs():
    columns = {
        "job_id": lambda value: int(required(value)),
        "pending_claim_id": int,
        "ep_claim_id": int,
        "state": among("PENDING", "RUNNING", "COMPLETED_SUCCESS", "COMPLETED_ERROR"),
        "created_at": iso,
        "updated_at": iso,
    }
    jobs = {}
    for path in sorted(LANDING.glob("benefits/ep_merge_jobs/*.csv")):
        for line in csv.DictReader(io.StringIO(text(path), newline="")):
            row = converted({name: value or None for name, value in line.items()}, columns)
            if row and (row["job_id"] not in jobs or row["updated_at"] >= jobs[row["job_id"]]["updated_at"]):
                jobs[row["job_id"]] = row
    rows = list(jobs.values())
    compare("benefits.ep_merge_jobs", rows, list(rows[0]))


def check_satisfaction():
    columns = {"service": required, "score": lambda value: whole(1, 5)(required(value)), "submitted_at": iso}
    rows = [row for row in (converted(one, columns) for one in objects("service/feedback/*.ndjson")) if row]
    table = pandas.DataFrame([
        {"service": row["service"], "month": row["submitted_at"].date().replace(day=1), "score": row["score"]}
        for row in rows])
    expected = [
        {"service": service, "month": month, "responses": len(group), "mean_score": group["score"].mean(),
         "satisfied_share": (group["score"] >= 4).mean()}
        for (service, month), group in table.groupby(["service", "month"])]
    compare("service.user_satisfaction", expected, ["service", "month", "responses", "mean_score", "satisfied_share"])


def check_completion():
    columns = {"event_id": required, "step": among("started", "saved", "completed"), "occurred_at": iso}
    found = {}
    for one in objects("service/lpa_applications/*.ndjson"):
        row = converted(one, columns)
        if row:
            found.setdefault(row["event_id"], row)
    days = {}
    for row in found.values():
        if row["step"] != "saved":
            key = (row["service"], row["occurred_at"].date())
            days.setdefault(key, {"started": set(), "completed": set()})[row["step"]].add(row["application_id"])
    expected = [
        {"service": service, "day": day, "started": len(sets["started"]), "completed": len(sets["completed"]),
         "completion_rate": len(sets["completed"]) / len(sets["started"]) if sets["started"] else None,
         "applications": len(sets["started"] | sets["completed"])}
        for (service, day), sets in days.items()]
    compare("service.completion_rate", expected, list(expected[0]))


def check_take_up():
    sums = {}
    for path in sorted(LANDING.glob("service/channel_counts/*.csv")):
        for line in csv.DictReader(io.StringIO(text(path), newline=""), delimiter=";"):
            try:
                count = int(line["transactions"].replace(",", ""))
            except ValueError:
                continue
            day = instant(line["day"], ["%Y-%m-%d", "%d/%m/%Y"]).date()
            both = sums.setdefault((line["service"], day.replace(day=1)), [0, 0])
            both[0] += count if line["channel"] == "online" else 0
            both[1] += count
    expected = [
        {"service": service, "month": month, "online": online, "transactions": all_channels,
         "digital_take_up": online / all_channels if all_channels else None}
        for (service, month), (online, all_channels) in sums.items()]
    compare("service.digital_take_up", expected, list(expected[0]))


def tenures():
    columns = {
        "event_id": required,
        "tenure_id": required,
        "event_type": among("created", "updated", "ended"),
        "event_time": iso,
        "start_date": optional(datetime.date.fromisoformat),
        "end_date": optional(datetime.date.fromisoformat),
        "weekly_rent": optional(lambda value: decimal.Decimal(value).quantize(decimal.Decimal("0.01"))),
    }
    names = ["event_id", "tenure_id", "event_type", "event_time", "property_reference", "tenure_type", "start_date",
             "end_date", "weekly_rent"]
    found = {}
    for one in [*objects("housing/tenure_events/*.ndjson"), *objects("housing/history/*.ndjson.gz")]:
        row = converted({name: one.get(name) for name in names}, columns)
        if row:
            found.setdefault(row["event_id"], row)
    return in_order(found.values(), "tenure_id", lambda row: (row["event_time"], row["event_id"]))


def check_tenures(things):
    expected = []
    for tenure, steps in things.items():
        last, known = list(folded(steps))[-1]
        expected.append({**known, "tenure_id": tenure, "last_event_time": last["event_time"],
                         "state": "ended" if last["event_type"] == "ended" else "current"})
    compare("housing.tenures", expected,
            ["tenure_id", "state", "property_reference", "tenure_type", "start_date", "end_date", "weekly_rent",
             "last_event_time"])


def check_tenure_daily(things):
    end = max(step["event_time"].date() for steps in things.values() for step in steps)
    expected = []
    for tenure, steps in things.items():
        ends = {}
        for step, known in folded(steps):
            ends[step["event_time"].date()] = (
                "ended" if step["event_type"] == "ended" else "current", known["tenure_type"], known["weekly_rent"])
        day, state = min(ends), None
        while day <= end:
            state = ends.get(day, state)
            expected.append({"tenure_id": tenure, "day": day, "state": state[0], "tenure_type": state[1],
                             "weekly_rent": state[2]})
            day += DAY
    compare("housing.tenure_daily", expected, ["tenure_id", "day", "state", "tenure_type", "weekly_rent"], at_least=100)


def main():
    claim_rows = claims()
    event_rows = events()
    things = in_order(event_rows, "ContentionId", event_order)
    tenure_things = tenures()
    report("benefits.claims", check_claims, "benefits.claims", claim_rows)
    report("benefits.submission_errors", check_claims, "benefits.submission_errors",
           [row for row in claim_rows if row["error_code"] or row["backup_submission"]])
    report("benefits.claims_identified", check_identified, claim_rows)
    report("benefits.contention_events", check_events, event_rows)
    report("benefits.contentions", check_contentions, things)
    report("benefits.contention_history", check_history, things)
    report("benefits.contention_daily", check_daily, things)
    report("benefits.classification_impact", check_impact, things)
    report("benefits.claim_lifecycle", check_lifecycle, claim_rows, event_rows, things)
    report("benefits.ep_merge_jobs", check_merge_jobs)
    report("service.user_satisfaction", check_satisfaction)
    report("service.completion_rate", check_completion)
    report("service.digital_take_up", check_take_up)
    report("housing.tenures", check_tenures, tenure_things)
    report("housing.tenure_daily", check_tenure_daily, tenure_things)


main()
