/*
 * The yardstick of the Kafka suite: what a C program gets out of librdkafka's batch calls. Loaded by the benchmark into its own process, so that
 * it runs on the same copy of the library, on the same cores, against the same brokers.
 *
 * The few entries of rdkafka.h (2.15) that it needs are declared here, because the package holds the library without its headers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

typedef struct rd_kafka_s rd_kafka_t;
typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_topic_s rd_kafka_topic_t;
typedef struct rd_kafka_topic_conf_s rd_kafka_topic_conf_t;
typedef struct rd_kafka_queue_s rd_kafka_queue_t;
typedef struct rd_kafka_op_s rd_kafka_event_t;
typedef struct rd_kafka_metadata_s rd_kafka_metadata_t;

typedef struct {
    int err;
    rd_kafka_topic_t *rkt;
    int32_t partition;
    void *payload;
    size_t len;
    void *key;
    size_t key_len;
    int64_t offset;
    void *_private;
} rd_kafka_message_t;

typedef struct {
    char *topic;
    int32_t partition;
    int64_t offset;
    void *metadata;
    size_t metadata_size;
    void *opaque;
    int err;
    void *_private;
} rd_kafka_topic_partition_t;

typedef struct {
    int cnt;
    int size;
    rd_kafka_topic_partition_t *elems;
} rd_kafka_topic_partition_list_t;

enum { PRODUCER = 0, CONSUMER = 1, MSG_F_COPY = 0x2, EVENT_DR = 0x1, ERR_QUEUE_FULL = -184, OFFSET_BEGINNING = -2 };

rd_kafka_conf_t *rd_kafka_conf_new(void);
int rd_kafka_conf_set(rd_kafka_conf_t *, const char *, const char *, char *, size_t);
void rd_kafka_conf_set_events(rd_kafka_conf_t *, int);
rd_kafka_t *rd_kafka_new(int, rd_kafka_conf_t *, char *, size_t);
void rd_kafka_destroy(rd_kafka_t *);
rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *, const char *, rd_kafka_topic_conf_t *);
void rd_kafka_topic_destroy(rd_kafka_topic_t *);
int rd_kafka_metadata(rd_kafka_t *, int, rd_kafka_topic_t *, const rd_kafka_metadata_t **, int);
void rd_kafka_metadata_destroy(const rd_kafka_metadata_t *);
int rd_kafka_produce_batch(rd_kafka_topic_t *, int32_t, int, rd_kafka_message_t *, int);
rd_kafka_queue_t *rd_kafka_queue_get_main(rd_kafka_t *);
rd_kafka_queue_t *rd_kafka_queue_get_consumer(rd_kafka_t *);
void rd_kafka_queue_destroy(rd_kafka_queue_t *);
rd_kafka_event_t *rd_kafka_queue_poll(rd_kafka_queue_t *, int);
size_t rd_kafka_event_message_array(rd_kafka_event_t *, const rd_kafka_message_t **, size_t);
void rd_kafka_event_destroy(rd_kafka_event_t *);
int rd_kafka_poll_set_consumer(rd_kafka_t *);
rd_kafka_topic_partition_list_t *rd_kafka_topic_partition_list_new(int);
rd_kafka_topic_partition_t *rd_kafka_topic_partition_list_add(rd_kafka_topic_partition_list_t *, const char *, int32_t);
void rd_kafka_topic_partition_list_destroy(rd_kafka_topic_partition_list_t *);
int rd_kafka_assign(rd_kafka_t *, const rd_kafka_topic_partition_list_t *);
long rd_kafka_consume_batch_queue(rd_kafka_queue_t *, int, rd_kafka_message_t **, size_t);
void rd_kafka_message_destroy(rd_kafka_message_t *);
int rd_kafka_consumer_close(rd_kafka_t *);

/* What one run took, and proof that it did it. */
typedef struct {
    double seconds;
    double cpu_seconds;
    int64_t records;
    int64_t bytes;
} raw_result;

enum { BATCH = 2048 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static rd_kafka_t *make(int type, const char *const *settings, int pairs, int events) {
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (int i = 0; i < pairs; i++)
        if (rd_kafka_conf_set(conf, settings[2 * i], settings[2 * i + 1], error, sizeof error) != 0) return NULL;
    rd_kafka_conf_set_events(conf, events);
    return rd_kafka_new(type, conf, error, sizeof error);
}

/* Counts the acknowledgements that are there, waiting up to wait_ms for the first; negative where a record failed. */
static int64_t reports(rd_kafka_queue_t *queue, int wait_ms) {
    const rd_kafka_message_t *messages[1024];
    int64_t delivered = 0;
    for (rd_kafka_event_t *event; (event = rd_kafka_queue_poll(queue, delivered ? 0 : wait_ms)) != NULL; rd_kafka_event_destroy(event))
        for (size_t n; (n = rd_kafka_event_message_array(event, messages, 1024)) > 0; delivered += (int64_t)n)
            for (size_t i = 0; i < n; i++)
                if (messages[i]->err != 0) return -1;
    return delivered;
}

typedef struct {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    int partitions;
} raw_producer;

raw_producer *raw_producer_open(const char *const *settings, int pairs, const char *topic, int partitions) {
    raw_producer *p = calloc(1, sizeof *p);
    const rd_kafka_metadata_t *metadata;
    if ((p->client = make(PRODUCER, settings, pairs, EVENT_DR)) == NULL) return NULL;
    p->topic = rd_kafka_topic_new(p->client, topic, NULL);
    p->queue = rd_kafka_queue_get_main(p->client);
    p->partitions = partitions;
    if (rd_kafka_metadata(p->client, 0, p->topic, &metadata, 10000) != 0) return NULL;
    rd_kafka_metadata_destroy(metadata);
    return p;
}

/* Records are laid end to end, key then value; batch after batch goes to one partition after the other. 0 for success. */
int raw_produce(raw_producer *p, char *records, int key_bytes, int value_bytes, int different, int64_t count, raw_result *result) {
    static rd_kafka_message_t messages[BATCH];
    const double start = now(), start_cpu = cpu();
    int64_t sent = 0, done = 0;
    for (int64_t batch = 0; sent < count; batch++) {
        int filled = (int)(count - sent < BATCH ? count - sent : BATCH);
        memset(messages, 0, sizeof messages);
        for (int i = 0; i < filled; i++) {
            char *record = records + (size_t)((sent + i) % different) * (size_t)(key_bytes + value_bytes);
            messages[i].key = record;
            messages[i].key_len = (size_t)key_bytes;
            messages[i].payload = record + key_bytes;
            messages[i].len = (size_t)value_bytes;
        }
        for (int first = 0; first < filled;) {
            int taken = rd_kafka_produce_batch(p->topic, (int32_t)(batch % p->partitions), MSG_F_COPY, messages + first, filled - first);
            int64_t reported;
            if (taken < filled - first && messages[first + taken].err != ERR_QUEUE_FULL) return 1;
            first += taken;
            if ((reported = reports(p->queue, first < filled ? 100 : 0)) < 0) return 2;
            done += reported;
        }
        sent += filled;
    }
    while (done < sent) {
        int64_t reported = reports(p->queue, 1000);
        if (reported < 0) return 2;
        done += reported;
    }
    *result = (raw_result){now() - start, cpu() - start_cpu, done, done * (key_bytes + value_bytes)};
    return 0;
}

void raw_producer_close(raw_producer *p) {
    rd_kafka_queue_destroy(p->queue);
    rd_kafka_topic_destroy(p->topic);
    rd_kafka_destroy(p->client);
    free(p);
}

/* Reads count records of all partitions from the beginning; the time runs from the first batch on. 0 for success. */
int raw_consume(const char *const *settings, int pairs, const char *topic, int partitions, int64_t count, raw_result *result) {
    rd_kafka_message_t *messages[BATCH];
    rd_kafka_t *client = make(CONSUMER, settings, pairs, 0);
    if (client == NULL) return 1;
    rd_kafka_poll_set_consumer(client);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++) rd_kafka_topic_partition_list_add(list, topic, i)->offset = OFFSET_BEGINNING;
    int failed = rd_kafka_assign(client, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    double start = 0, start_cpu = 0;
    int64_t read = 0, before = 0, bytes = 0;
    while (!failed && read < count) {
        long n = rd_kafka_consume_batch_queue(queue, 100, messages, BATCH);
        for (long i = 0; i < n; i++) {
            if (messages[i]->err == 0) {
                read++;
                bytes += ((unsigned char *)messages[i]->payload)[0] + (int64_t)messages[i]->len + (int64_t)messages[i]->key_len;
            }
            rd_kafka_message_destroy(messages[i]);
        }
        if (before == 0 && read > 0) {
            before = read;
            start = now();
            start_cpu = cpu();
        }
    }
    *result = (raw_result){now() - start, cpu() - start_cpu, read - before, bytes};
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return failed;
}
