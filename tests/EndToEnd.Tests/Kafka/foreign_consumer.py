"""Holds icmp.event.v1 against its contract with a client, a hash and an Avro library that are not this project's.

usage: foreign_consumer.py BROKERS TOPIC SCHEMA.avsc EVENTS

Says "ready" on stderr once it reads, ends when it has EVENTS events and the end of the stream in every partition, and prints one JSON object. Every record
is checked for framing, sequence, key and partition; Apache Avro decodes records whole, whenever it has read less than one event in 97, single or packed.
Anything wrong is an exception.
"""
import collections
import io
import json
import sys
import time

import avro.io
import avro.schema
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

STALL_SECONDS = 60


def murmur2(data):
    """Kafka's, from its description (org.apache.kafka.common.utils.Utils): 32 bits, seed 0x9747b28c."""
    m, length, mask = 0x5BD1E995, len(data), 0xFFFFFFFF
    h = 0x9747B28C ^ length
    for i in range(0, length - length % 4, 4):
        k = int.from_bytes(data[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    tail = data[length - length % 4:]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def long(data, at):
    """One Avro long: its value and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at


def head(body):
    """first_sequence, final, number of events: the envelope by hand, since the library takes a millisecond for a record."""
    size, at = long(body, 0)
    _, at = long(body, at + size)
    _, at = long(body, at + 16)
    first, at = long(body, at)
    for _ in range(4):
        _, at = long(body, at)
    final = body[at] == 1
    count, _ = long(body, at + 1)
    assert count >= 0, "blocks with a size are not written"
    return first, final, count


def main(brokers, topic, schema_file, expected):
    with open(schema_file) as file:
        reader = avro.io.DatumReader(avro.schema.parse(file.read()))
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "foreign", "enable.auto.commit": False, "queued.min.messages": 1000000})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
    print("ready", file=sys.stderr, flush=True)

    marker = b"\xc3\x01"
    next_sequence = dict.fromkeys(partitions, 0)
    ended, keys, partition_of = set(), collections.Counter(), {}
    records = events = ticks = decoded = largest = 0
    heard = time.monotonic()
    while events < expected or len(ended) < len(partitions):
        # A call waits its whole time for the last of its messages, so each asks for a moment only.
        messages = consumer.consume(10000, 0.2)
        if messages:
            heard = time.monotonic()
        assert time.monotonic() - heard < STALL_SECONDS, f"nothing for {STALL_SECONDS} s after {events} of {expected} events"
        for message in messages:
            assert message.error() is None, message.error()
            value, key, partition = message.value(), message.key(), message.partition()
            records += 1
            assert value[:2] == marker, f"framing {value[:2].hex()} at {partition}:{message.offset()}"
            body = value[10:]
            first, final, count = head(body)
            assert partition not in ended, f"a record behind the end of partition {partition}"
            assert first == next_sequence[partition], f"partition {partition}: sequence {first}, not {next_sequence[partition]}"
            next_sequence[partition] = first + count
            events += count
            ticks += count == 0
            largest = max(largest, count)
            if final:
                ended.add(partition)
            if key is not None:
                assert count == 1 and len(key) == 32 and key[:16] <= key[16:]
                keys[key] += 1
                if key not in partition_of:
                    partition_of[key] = (murmur2(key) & 0x7FFFFFFF) % len(partitions)
                assert partition_of[key] == partition, f"key {key.hex()} in partition {partition}"
            if decoded * 97 <= events:
                source = io.BytesIO(body)
                datum = reader.read(avro.io.BinaryDecoder(source))
                assert not source.read(), "bytes behind the record"
                assert len(datum["events"]) == count and datum["first_sequence"] == first
                for event in datum["events"]:
                    pair = b"".join(sorted((event["src"], event["dst"])))
                    assert key in (None, pair)
                    assert (murmur2(pair) & 0x7FFFFFFF) % len(partitions) == partition
                decoded += count
    consumer.close()
    print(json.dumps({"records": records, "events": events, "ticks": ticks, "decoded": decoded, "largest": largest, "pairs": len(keys),
                      "least": min(keys.values(), default=0), "most": max(keys.values(), default=0)}))


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
