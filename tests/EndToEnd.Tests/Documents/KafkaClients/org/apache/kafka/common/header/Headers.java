package org.apache.kafka.common.header;

public interface Headers extends Iterable<Header> {
}
