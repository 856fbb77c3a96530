"""The other side of the interop tests: Apache Avro's Python library.

  interop.py read DIR       every NAME.avro of DIR becomes NAME.avro.jsonl
  interop.py write DIR      every NAME.jsonl of DIR becomes NAME.null.avro and NAME.deflate.avro, by NAME.avsc
  interop.py avrojson DIR   every NAME.avrocat of DIR (Avro's JSON encoding) becomes NAME.avrocat.jsonl, by NAME.avsc, and
                            every NAME.jsonl becomes NAME.expected, both with bytes as avrocat shows them: up to the first zero
  interop.py canonical DIR  every NAME.avsc of DIR becomes NAME.canonical

The JSON lines are the project's: addresses as text, bytes as hexadecimal digits, nullable fields absent when null. They are
made from and turned into Avro here, by the schema, with nothing of the project's own code.
"""
import glob
import ipaddress
import json
import os
import sys

import avro.datafile
import avro.io
import avro.schema


def name_of(schema):
    return schema.name if isinstance(schema, avro.schema.NamedSchema) else None


def fixed_to_text(name, value):
    if name == "Address":
        address = ipaddress.IPv6Address(value)
        return str(address.ipv4_mapped or address)
    if name == "Mac":
        return ":".join(f"{byte:02x}" for byte in value)
    return value.hex()


def fixed_from_text(name, text):
    if name == "Address":
        address = ipaddress.ip_address(text)
        return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
    return bytes.fromhex(text.replace(":", ""))


def branch(schema):
    """The branch of a nullable that is not null."""
    return next(s for s in schema.schemas if s.type != "null")


def to_ours(schema, value, latin=False, cut=False):
    """
    A datum as the project's JSON. With latin, the datum is Avro's JSON encoding: bytes as text, unions as objects. With cut,
    bytes end at their first zero.
    """
    kind = schema.type
    if kind in ("record", "error"):
        pairs = ((f.name, to_ours(f.type, value[f.name], latin, cut)) for f in schema.fields)
        ours = {name: item for name, item in pairs if item is not None}
        if schema.name == "SourceRate":
            ours.setdefault("address", "*")
        return ours
    if kind == "array":
        return [to_ours(schema.items, item, latin, cut) for item in value]
    if kind == "map":
        return {key: to_ours(schema.values, item, latin, cut) for key, item in value.items()}
    if kind == "union":
        if value is None:
            return None
        return to_ours(branch(schema), next(iter(value.values())) if latin else value, latin, cut)
    if kind in ("fixed", "bytes"):
        raw = value.encode("latin-1") if latin else value
        if cut:
            return raw.split(b"\0")[0].hex()
        return fixed_to_text(name_of(schema), raw) if kind == "fixed" else raw.hex()
    return value


def from_ours(schema, ours):
    kind = schema.type
    if kind in ("record", "error"):
        return {f.name: from_ours(f.type, ours.get(f.name)) for f in schema.fields}
    if kind == "array":
        return [from_ours(schema.items, item) for item in ours]
    if kind == "map":
        return {key: from_ours(schema.values, item) for key, item in ours.items()}
    if kind == "union":
        return None if ours is None or ours == "*" else from_ours(branch(schema), ours)
    if kind == "fixed":
        return fixed_from_text(name_of(schema), ours)
    if kind == "bytes":
        return bytes.fromhex(ours)
    if kind == "double":
        return float(ours)
    return ours


def schema_of(directory, name):
    with open(os.path.join(directory, name + ".avsc")) as file:
        return avro.schema.parse(file.read())


def lines(path, rows):
    with open(path, "w") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def read(directory):
    for path in glob.glob(os.path.join(directory, "*.avro")):
        with open(path, "rb") as file:
            reader = avro.datafile.DataFileReader(file, avro.io.DatumReader())
            schema = reader.datum_reader.writers_schema
            lines(path + ".jsonl", [to_ours(schema, datum) for datum in reader])


def write(directory):
    for path in glob.glob(os.path.join(directory, "*.jsonl")):
        base = path[: -len(".jsonl")]
        schema = schema_of(directory, os.path.basename(base))
        with open(path) as file:
            data = [from_ours(schema, json.loads(line)) for line in file]
        for codec in ("null", "deflate"):
            with open(f"{base}.{codec}.avro", "wb") as file:
                writer = avro.datafile.DataFileWriter(file, avro.io.DatumWriter(), schema, codec=codec)
                for datum in data:
                    writer.append(datum)
                writer.close()


def avrojson(directory):
    for path in glob.glob(os.path.join(directory, "*.avrocat")):
        schema = schema_of(directory, os.path.basename(path).split(".")[0])
        with open(path) as file:
            lines(path + ".jsonl", [to_ours(schema, json.loads(line), latin=True, cut=True) for line in file])
    for path in glob.glob(os.path.join(directory, "*.jsonl")):
        base = path[: -len(".jsonl")]
        if not base.endswith(".avrocat"):
            schema = schema_of(directory, os.path.basename(base))
            with open(path) as file:
                lines(base + ".expected", [to_ours(schema, from_ours(schema, json.loads(line)), cut=True) for line in file])


def canonical(directory):
    for path in glob.glob(os.path.join(directory, "*.avsc")):
        with open(path) as file:
            schema = avro.schema.parse(file.read())
        with open(path[: -len(".avsc")] + ".canonical", "w") as file:
            file.write(schema.canonical_form)


if __name__ == "__main__":
    {"read": read, "write": write, "avrojson": avrojson, "canonical": canonical}[sys.argv[1]](sys.argv[2])
