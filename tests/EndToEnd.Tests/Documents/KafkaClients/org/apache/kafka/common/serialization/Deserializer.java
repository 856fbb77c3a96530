package org.apache.kafka.common.serialization;

public interface Deserializer<T> {
    T deserialize(String topic, byte[] data);
}
