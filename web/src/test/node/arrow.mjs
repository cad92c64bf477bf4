// What apache-arrow for JavaScript makes of our Arrow streams: the same as stands in NDJSON, whose
// contents the Python clients hold to the values themselves.

import { deepStrictEqual, ok, rejects } from 'node:assert/strict';
import { RecordBatchReader, Type, tableFromIPC } from 'apache-arrow';
import { JSONParse } from 'json-with-bigint';

const { SIGHTGLASS_URL, SIGHTGLASS_TOKEN } = process.env;
const MEDIA_TYPES = { arrow: 'application/vnd.apache.arrow.stream', ndjson: 'application/x-ndjson' };
const DATASETS = ['types.lines', 'types.records', 'types.files'];

const EXPRESSIONS = {
  boolean: 'true',
  integer: '(-2147483648)::INTEGER',
  bigint: '9223372036854775807::BIGINT',
  beyond_double: '9007199254740993::BIGINT',
  ubigint: '18446744073709551615::UBIGINT',
  smallint: '(-32768)::SMALLINT',
  hugeint: '(-12345678901234567890123456789012345678)::HUGEINT',
  float: '0.25::FLOAT',
  double: '0.1::DOUBLE',
  nan: "'NaN'::DOUBLE",
  infinity: "'-Infinity'::DOUBLE",
  decimal: '(-12345678901234567890.123456789)::DECIMAL(38, 9)',
  decimal_small: '(-0.05)::DECIMAL(4, 2)',
  varchar: `'Zażółć gęślą – 漢字 🎖️, "quoted"' || chr(10) || 'second line'`,
  varchar_empty: "''",
  date: "DATE '2024-02-29'",
  date_old: "DATE '1066-10-14'",
  time: "TIME '12:34:56.789012'",
  timestamp: "TIMESTAMP '2024-02-29 12:34:56.789012'",
  timestamp_old: "TIMESTAMP '1969-12-31 23:59:59.999999'",
  timestamptz: "TIMESTAMPTZ '2024-02-29 07:34:56.789012-05'",
  interval: "INTERVAL '1 year 2 months -3 days 04:05:06.7'",
  timetz: "'01:02:03+01'::TIMETZ",
  uuid: "UUID '4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'",
  blob: "'\\x00\\xFF'::BLOB",
  list: '[1, NULL, 3]',
  list_empty: '[]::INTEGER[]',
  list_of_lists: '[[1], [], NULL]::BIGINT[][]',
  list_of_intervals: '[INTERVAL 1 DAY, NULL]',
  struct: "{'a': 1, 'b': 'ü', 'c': DATE '2024-02-29', 'd': NULL::BIGINT, 'h': 5::HUGEINT}",
  list_of_structs: "[{'a': 1, 't': TIMESTAMPTZ '2024-02-29 12:00:00+00'}, {'a': NULL, 't': NULL}, NULL]",
  three_levels: "[{'l': [{'u': UUID '4ac7a9e9-607c-4c8a-84f3-843f0191e3fd'}, NULL]}, {'l': []}, {'l': NULL}, NULL]",
  map: "MAP {'k': {'v': [1.5::DECIMAL(3, 1)]}}",
  nothing: 'NULL',
};

async function ask(sql, format) {
  const response = await fetch(`${SIGHTGLASS_URL}/v1/sql`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${SIGHTGLASS_TOKEN}`,
      Accept: MEDIA_TYPES[format],
      'Content-Type': 'application/sql',
    },
    body: sql,
  });
  ok(response.status === 200, `status ${response.status}: ${response.status === 200 ? '' : await response.text()}`);
  return response;
}

async function byArrow(sql) {
  const table = await tableFromIPC(await ask(sql, 'arrow'));
  return [...table].map((row) => objectOf(table.schema.fields, (name) => row[name]));
}

async function byNdjson(sql) {
  const text = await (await ask(sql, 'ndjson')).text();
  return text.split('\n').filter((line) => line !== '').map((line) => JSONParse(line));
}

function objectOf(fields, get) {
  return Object.fromEntries(fields.map((field) => [field.name, plain(field.type, get(field.name))]));
}

/** A value of Arrow as JSON has it. */
function plain(type, value) {
  if (value === null || value === undefined) {
    return null;
  }
  switch (type.typeId) {
    case Type.Null:
      return null;
    case Type.Bool:
    case Type.Utf8:
      return value;
    case Type.Int:
      return Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value);
    case Type.Float:
      return Number.isFinite(value) ? value : String(value);
    case Type.Decimal:
      return decimal(value, type.scale);
    case Type.Binary:
      return Buffer.from(value).toString('base64');
    case Type.Date:
      return new Date(Number(value)).toISOString().slice(0, 10);
    case Type.Time:
      return timeOfDay(BigInt(value));
    case Type.Timestamp:
      return timestamp(value, type.timezone);
    case Type.List:
      return [...value].map((element) => plain(type.children[0].type, element));
    case Type.Struct:
      return objectOf(type.children, (name) => value[name]);
    case Type.Map: {
      const [key, entry] = type.children[0].type.children;
      return [...value].map(([k, v]) => ({ key: plain(key.type, k), value: plain(entry.type, v) }));
    }
    default:
      throw new Error(`no plain layout: ${type}`);
  }
}

/** The four 32-bit words of a decimal, the lowest first, in two's complement. */
function decimal(words, scale) {
  const unscaled = BigInt.asIntN(128, [...words].reduceRight((high, word) => (high << 32n) | BigInt(word), 0n));
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return (unscaled < 0n ? '-' : '') + whole + (scale === 0 ? '' : `.${digits.slice(-scale)}`);
}

function timeOfDay(micros) {
  return new Date(Number(micros / 1000n)).toISOString().slice(11, 19) + fraction(micros % 1000000n);
}

/** apache-arrow gives milliseconds with a fraction. */
function timestamp(millis, timezone) {
  const micros = BigInt(Math.round(millis * 1000));
  const rest = ((micros % 1000000n) + 1000000n) % 1000000n;
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19);
  return seconds + fraction(rest) + (timezone === 'UTC' ? 'Z' : '');
}

function fraction(micros) {
  if (micros === 0n) {
    return '';
  }
  const digits = micros.toString().padStart(6, '0');
  return `.${digits.endsWith('000') ? digits.slice(0, 3) : digits}`;
}

async function report(name, check) {
  let error = null;
  try {
    await check();
  } catch (e) {
    error = `${e.name}: ${e.message}`;
  }
  console.log(JSON.stringify({ case: name, error }));
}

async function equalContents(sql, rows) {
  const seen = await byArrow(sql);
  deepStrictEqual(seen, await byNdjson(sql));
  deepStrictEqual(seen.length, rows);
}

for (const [name, expression] of Object.entries(EXPRESSIONS)) {
  // The second row is NULL, the third has the value again.
  const values = `SELECT CASE WHEN i <> 1 THEN ${expression} END AS v FROM range(3) r(i) ORDER BY i`;
  await report(`${name} and NULL`, () => equalContents(values, 3));
  await report(`${name}, one row`, () => equalContents(`SELECT ${expression} AS v`, 1));
  await report(`${name}, no row`, () => equalContents(`SELECT ${expression} AS v WHERE false`, 0));
}

for (const dataset of DATASETS) {
  await report(dataset, () => equalContents(`SELECT * FROM ${dataset} ORDER BY n`, 4));
  await report(`${dataset}, no row`, () => equalContents(`SELECT * FROM ${dataset} WHERE n > 4`, 0));
}

await report('many rows, batch by batch', async () => {
  let rows = 0;
  let sum = 0n;
  for await (const batch of await RecordBatchReader.from(await ask('SELECT i FROM range(400000) r(i)', 'arrow'))) {
    rows += batch.numRows;
    for (const { i } of batch) {
      sum += i;
    }
  }
  deepStrictEqual([rows, sum], [400000, 79999800000n]);
});

// Fails on the data when many megabytes have left.
const BAD =
  "SELECT i, CAST(CASE WHEN i < 1500000 THEN i::VARCHAR ELSE 'x' || i END AS BIGINT) AS n FROM range(2000000) r(i)";
await report('a late failure is an error', () => rejects(async () => tableFromIPC(await ask(BAD, 'arrow'))));
