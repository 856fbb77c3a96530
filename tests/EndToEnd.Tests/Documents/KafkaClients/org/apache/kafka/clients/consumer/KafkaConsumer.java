package org.apache.kafka.clients.consumer;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Stands in for Kafka's client where it is not to be had: the same signatures, as far as the pages for consumers use them, over a kcat in the same group with the
 * same settings. What it cannot show is how Kafka's own client behaves on the wire.
 */
public class KafkaConsumer<K, V> implements AutoCloseable {
    private final Properties settings;
    private final Deserializer<V> values;
    private Process kcat;
    private DataInputStream records;

    public KafkaConsumer(Properties settings, Deserializer<K> keys, Deserializer<V> values) {
        this.settings = settings;
        this.values = values;
    }

    public void subscribe(Collection<String> topics) {
        List<String> command = new ArrayList<>(List.of("kcat", "-b", settings.getProperty("bootstrap.servers"), "-G", settings.getProperty("group.id"), "-q", "-u", "-f", "%p\n%h\n%R%s"));
        for (String name : settings.stringPropertyNames())
            if (!name.equals("bootstrap.servers") && !name.equals("group.id"))
                command.addAll(List.of("-X", name + "=" + settings.getProperty(name)));
        command.addAll(topics);
        try {
            kcat = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(kcat::destroy));
        records = new DataInputStream(kcat.getInputStream());
    }

    public ConsumerRecords<K, V> poll(Duration timeout) {
        try {
            int partition = Integer.parseInt(line());
            Headers headers = headers(line());
            byte[] value = records.readNBytes(records.readInt());
            return new ConsumerRecords<>(List.of(new ConsumerRecord<>(partition, values.deserialize("", value), headers)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void close() {
        kcat.destroy();
    }

    private String line() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = records.readUnsignedByte(); c != '\n'; c = records.readUnsignedByte())
            text.append((char) c);
        return text.toString();
    }

    private static Headers headers(String text) {
        List<Header> all = new ArrayList<>();
        for (String pair : text.isEmpty() ? new String[0] : text.split(",")) {
            String[] parts = pair.split("=", 2);
            all.add(new Header() {
                @Override
                public String key() {
                    return parts[0];
                }

                @Override
                public byte[] value() {
                    return parts[1].getBytes(StandardCharsets.UTF_8);
                }
            });
        }
        return all::iterator;
    }
}
