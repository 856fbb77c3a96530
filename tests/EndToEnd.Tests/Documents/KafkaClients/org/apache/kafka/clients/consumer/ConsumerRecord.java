package org.apache.kafka.clients.consumer;

import org.apache.kafka.common.header.Headers;

public class ConsumerRecord<K, V> {
    private final int partition;
    private final V value;
    private final Headers headers;

    ConsumerRecord(int partition, V value, Headers headers) {
        this.partition = partition;
        this.value = value;
        this.headers = headers;
    }

    public int partition() {
        return partition;
    }

    public V value() {
        return value;
    }

    public Headers headers() {
        return headers;
    }
}
