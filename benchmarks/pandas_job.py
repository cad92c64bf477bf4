#!/usr/bin/env python3
"""The cron job that a team writes first: pandas reads a dump of claims, masks it, and loads it into PostgreSQL.

It reads dates and numbers, masks as sql-views/benefits/claims.yaml says (an HMAC per row for pseudonyms), leaves out
drafts and repeated claims, and replaces the date's rows. It keeps no rejects: a row that pandas cannot read is gone, a
value that does not convert is NULL. Needs pandas, SQLAlchemy and psycopg.

    benchmarks/pandas_job.py to_sql|copy URL FILE...
"""

import csv
import hashlib
import hmac
import io
import re
import sys

KEY = b"not a secret: a benchmark's key"
NULLS = ["", "NULL", "null", "N/A", "\\N"]
LAST4 = r"[A-Za-z0-9](?=(?:[^A-Za-z0-9]*[A-Za-z0-9]){4})"
IDENTIFIER = (
    r"[^\s@<>()\[\],;:\"]+@[\w-]+(?:\.[\w-]+)*"
    r"|[A-Za-z_]*\+?\(?\d(?:[\s.()/_-]{0,3}\d){8,}\w*|\w*\d{6,}\w*|\b\d{3}[\s.-]\d{4}\b"
)
INTEGERS = ["contention_count", "primary_diagnostic_code", "days_to_decision", "combined_rating"]
INSTANTS = ["received_at", "established_at", "decided_at"]


def transform(path):
    import pandas

    frame = pandas.read_csv(path, dtype=str, na_values=NULLS, keep_default_na=False, on_bad_lines="skip")
    frame = frame.rename(columns={"ZIP_CODE": "zip"})
    frame["claim_id"] = pandas.to_numeric(frame["claim_id"], errors="coerce")
    frame = frame[frame["claim_id"].notna() & (frame["form_version"] != "draft")]
    frame["claim_id"] = frame["claim_id"].astype("int64")
    for name in INSTANTS:
        frame[name] = pandas.to_datetime(frame[name], format="ISO8601", utc=True, errors="coerce")
    sent = pandas.to_datetime(frame["submitted_at"], format="%Y-%m-%dT%H:%M:%S%z", utc=True, errors="coerce")
    local = pandas.to_datetime(frame["submitted_at"], format="%m/%d/%Y %H:%M", errors="coerce")
    local = local.dt.tz_localize("America/New_York", ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    frame["submitted_at"] = sent.fillna(local)
    born = pandas.to_datetime(frame["birth_date"], format="%Y-%m-%d", errors="coerce")
    born = born.fillna(pandas.to_datetime(frame["birth_date"], format="%m/%d/%Y", errors="coerce"))
    frame["birth_date"] = born.dt.to_period("Y").dt.to_timestamp()
    for name in INTEGERS:
        frame[name] = pandas.to_numeric(frame[name], errors="coerce").astype("Int32", errors="ignore")
    frame["backup_submission"] = frame["backup_submission"].map({"true": True, "Y": True, "false": False, "N": False})
    frame = frame.sort_values("received_at", na_position="first").drop_duplicates("claim_id", keep="last")

    frame["veteran_participant_id"] = [
        hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:32] if isinstance(text, str) else None
        for text in frame["veteran_participant_id"]
    ]
    for name in ("ssn", "file_number", "phone"):
        frame[name] = frame[name].str.replace(LAST4, "*", regex=True)
    for name in ("first_name", "last_name", "email"):
        frame[name] = frame[name].where(frame[name].isna(), "[redacted]")
    frame["primary_contention_text"] = frame["primary_contention_text"].str.replace(IDENTIFIER, "[redacted]", regex=True)
    frame["file_date"] = pandas.Timestamp(re.search(r"\d{4}-\d{2}-\d{2}", path)[0])
    return frame


def load(method, engine, frame, first):
    import sqlalchemy

    with engine.begin() as connection:
        if first:
            frame.head(0).to_sql("claims", connection, if_exists="replace", index=False)
        else:
            date = frame["file_date"].iloc[0].to_pydatetime()
            connection.execute(sqlalchemy.text("DELETE FROM claims WHERE file_date = :date"), {"date": date})
        if method == "to_sql":
            frame.to_sql("claims", connection, if_exists="append", index=False)
        else:
            text = io.StringIO()
            frame.to_csv(text, index=False, header=False, quoting=csv.QUOTE_MINIMAL)
            columns = ", ".join(f'"{name}"' for name in frame.columns)
            with connection.connection.cursor().copy(f"COPY claims ({columns}) FROM STDIN (FORMAT csv)") as out:
                out.write(text.getvalue())


def main():
    import sqlalchemy

    method, url, *files = sys.argv[1:]
    if method not in ("to_sql", "copy"):
        raise SystemExit(__doc__)
    engine = sqlalchemy.create_engine(url)
    written = 0
    for number, path in enumerate(files):
        frame = transform(path)
        load(method, engine, frame, number == 0)
        written += len(frame)
    engine.dispose()
    print(f"pandas wrote {written:,} rows")


if __name__ == "__main__":
    main()
