"""Reads Avro object container files as the specification describes them, for flat records; no library, so that what is
computed from them does not depend on one that the service might use too.

https://avro.apache.org/docs/1.12.0/specification/#object-container-files
"""

import datetime
import io
import json
import struct
import zlib

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def number(stream):
    value, shift = 0, 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def octets(stream):
    return stream.read(number(stream))


def metadata(stream):
    found = {}
    while (count := number(stream)) != 0:
        if count < 0:
            count = -count
            number(stream)
        for _ in range(count):
            name = octets(stream).decode()
            found[name] = octets(stream)
    return found


def value(schema, stream):
    if isinstance(schema, list):
        return value(schema[number(stream)], stream)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        return {field["name"]: value(field["type"], stream) for field in schema["fields"]}
    if kind == "null":
        return None
    if kind == "boolean":
        return stream.read(1) == b"\x01"
    if kind == "double":
        return struct.unpack("<d", stream.read(8))[0]
    if kind == "string":
        return octets(stream).decode()
    if kind in ("int", "long"):
        plain = number(stream)
        millis = isinstance(schema, dict) and schema.get("logicalType") == "timestamp-millis"
        return EPOCH + datetime.timedelta(milliseconds=plain) if millis else plain
    raise ValueError(f"type {kind}; read are: flat records of usual types")


def records(path):
    stream = io.BytesIO(path.read_bytes())
    if stream.read(4) != b"Obj\x01":
        raise ValueError(f"{path.name} is no Avro file")
    header = metadata(stream)
    schema = json.loads(header["avro.schema"])
    codec = header.get("avro.codec", b"null")
    sync = stream.read(16)
    while stream.tell() < len(stream.getbuffer()):
        count = number(stream)
        block = octets(stream)
        if codec == b"deflate":
            block = zlib.decompress(block, -15)
        rows = io.BytesIO(block)
        for _ in range(count):
            yield value(schema, rows)
        if stream.read(16) != sync:
            raise ValueError(f"{path.name} is broken between two blocks")
