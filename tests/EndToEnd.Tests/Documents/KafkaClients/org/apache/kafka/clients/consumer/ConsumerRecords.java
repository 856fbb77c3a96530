package org.apache.kafka.clients.consumer;

import java.util.Iterator;
import java.util.List;

public class ConsumerRecords<K, V> implements Iterable<ConsumerRecord<K, V>> {
    private final List<ConsumerRecord<K, V>> records;

    ConsumerRecords(List<ConsumerRecord<K, V>> records) {
        this.records = records;
    }

    @Override
    public Iterator<ConsumerRecord<K, V>> iterator() {
        return records.iterator();
    }
}
