// blast: sends ICMP echo requests into an interface as fast as it takes them, and says how many it took. A tool of the live tests and of
// `make bench-live`, for interfaces in network namespaces of their own.
//
//   blast [-s] IFACE SECONDS [PACKETS [VLAN...]]     98-byte frames from 256 sources to one address, correct checksums; at most PACKETS of
//                                               them, with so many tags (the outer one 802.1ad where there are several);
//                                               with -s through the interface's queue, where its own readers see them too
//
// Output: one line "sent N refused M seconds S". Refused is what the interface did not take (ENOBUFS): never on the wire.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { FRAMES = 256, BATCH = 64, LENGTH = 98, IP = 14, ICMP = 34, TAGS = 4 };

static uint8_t frames[FRAMES][LENGTH + 4 * TAGS];

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static uint16_t checksum(const uint8_t *at, int bytes)
{
	uint32_t sum = 0;
	for (int i = 0; i < bytes; i += 2)
		sum += at[i] << 8 | at[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void put(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void make(uint8_t *frame, int number)
{
	static const uint8_t head[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, LENGTH - IP, 0, 0, 0, 0, 64, 1, 0, 0,
					10, 88, 0, 0, 10, 88, 255, 1, 8, 0, 0, 0 };
	memcpy(frame, head, sizeof head);
	frame[29] = number;
	put(frame + 24, checksum(frame + IP, 20));
	put(frame + 38, 0x1234);
	put(frame + 40, number);
	for (int i = 42; i < LENGTH; i++)
		frame[i] = i;
	put(frame + 36, checksum(frame + ICMP, LENGTH - ICMP));
}

static void tag(uint8_t *frame, int tags, char **ids)
{
	memmove(frame + 12 + 4 * tags, frame + 12, LENGTH - 12);
	for (int i = 0; i < tags; i++) {
		put(frame + 12 + 4 * i, tags > 1 && i == 0 ? 0x88a8 : 0x8100);
		put(frame + 14 + 4 * i, atoi(ids[i]));
	}
}

int main(int count, char **args)
{
	int in_sight = count > 1 && !strcmp(args[1], "-s");
	count -= in_sight;
	args += in_sight;
	if (count < 3)
		return fprintf(stderr, "usage: blast [-s] IFACE SECONDS [PACKETS [VLAN...]]\n"), 2;
	int tags = count > 4 ? count - 4 : 0;
	if (tags > TAGS)
		return fprintf(stderr, "blast: at most %d tags\n", TAGS), 2;
	int out = socket(AF_PACKET, SOCK_RAW, 0), bypass = !in_sight;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex(args[1]) };
	if (out < 0 || bind(out, (struct sockaddr *)&to, sizeof to))
		return perror(args[1]), 1;
	setsockopt(out, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
	double seconds = atof(args[2]), start = now();
	long long most = count > 3 ? atoll(args[3]) : INT64_MAX, sent = 0, refused = 0;
	struct iovec parts[FRAMES];
	struct mmsghdr messages[FRAMES];
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < FRAMES; i++) {
		make(frames[i], i);
		tag(frames[i], tags, args + 4);
		parts[i] = (struct iovec){ frames[i], LENGTH + 4 * tags };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (int at = 0; sent < most && now() - start < seconds; at = (at + BATCH) % FRAMES) {
		int batch = most - sent < BATCH ? (int)(most - sent) : BATCH;
		for (int done = 0; done < batch;) {
			int took = sendmmsg(out, messages + at + done, batch - done, 0);
			if (took > 0) {
				sent += took;
				done += took;
			} else if (errno == ENOBUFS || errno == EAGAIN) {
				refused++;
				done++;
			} else {
				return perror("send"), 1;
			}
		}
	}
	printf("sent %lld refused %lld seconds %.3f\n", sent, refused, now() - start);
	return 0;
}
