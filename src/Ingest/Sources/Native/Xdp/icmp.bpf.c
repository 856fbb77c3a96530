// SPDX-License-Identifier: Apache-2.0
// The XDP program of afxdp sources: ICMPv4 and ICMPv6, through VLAN tags, go to the AF_XDP socket of their queue (icmp_redirect) or are
// copied into a ring buffer and go on (icmp_copy). Everything else goes on to the host untouched, and so does whatever the program cannot
// read: a mistake here must never cut a host off.
//
// Built by clang when the project is built (-target bpf), loaded by libbpf. Live/XdpStamp.cs and Live/BpfRecord.cs have the other side of
// what is written here.

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define VLAN_TAGS 8
#define IPV6_EXTENSIONS 8

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_PROVIDER 0x88a8
#define ETHERTYPE_DOUBLE 0x9100
#define ETHERTYPE_DOUBLE_OLD 0x9200

#define PROTO_ICMPV4 1
#define PROTO_ICMPV6 58
#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_FRAGMENT 44
#define NEXT_AUTHENTICATION 51
#define NEXT_DESTINATION 60
#define NEXT_MOBILITY 135
#define NEXT_HIP 139
#define NEXT_SHIM6 140

#define STAMP_MASK 0x69636d7078647031ULL /* "icmpxdp1" */

struct ethernet {
	__u8 addresses[12];
	__be16 type;
} __attribute__((packed));

struct vlan_tag {
	__be16 tci;
	__be16 type;
};

struct ipv6_extension {
	__u8 next;
	__u8 length;
	__be16 fragment_offset; /* of a fragment header; anything else in others */
};

struct stamp {
	__u64 time;
	__u64 check;
};

struct record {
	__u64 time;
	__u32 original;
	__u32 captured;
	__u8 frame[];
};

/* Sized by the loader: the sockets of the queues, and the copies. */
struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} copies SEC(".maps");

/* Of the copies: what was meant for the ring, and what found no room in it. One entry, mapped into the reader. */
struct counts {
	__u64 seen;
	__u64 dropped;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} totals SEC(".maps");

/* True for ICMPv6 behind extension headers. A later fragment shows no more than what its first header was; where that is not ICMPv6
 * itself, what follows cannot be told, and the packet goes on. */
static __always_inline int is_icmpv6(void *at, void *end)
{
	if (at + 40 > end)
		return 0;
	__u8 next = ((__u8 *)at)[6];
	at += 40;
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		struct ipv6_extension *extension = at;
		__u32 bytes;

		if (next == PROTO_ICMPV6)
			return 1;
		if (next != NEXT_HOP_BY_HOP && next != NEXT_ROUTING && next != NEXT_FRAGMENT && next != NEXT_AUTHENTICATION &&
		    next != NEXT_DESTINATION && next != NEXT_MOBILITY && next != NEXT_HIP && next != NEXT_SHIM6)
			return 0;
		if ((void *)(extension + 1) > end)
			return 0;
		if (next == NEXT_FRAGMENT)
			bytes = 8;
		else if (next == NEXT_AUTHENTICATION)
			bytes = ((__u32)extension->length + 2) * 4;
		else
			bytes = ((__u32)extension->length + 1) * 8;
		if (next == NEXT_FRAGMENT && (extension->fragment_offset & bpf_htons(0xfff8)))
			return extension->next == PROTO_ICMPV6;
		next = extension->next;
		at += bytes;
	}
	return next == PROTO_ICMPV6;
}

static __always_inline int is_icmp(void *at, void *end)
{
	struct ethernet *ethernet = at;
	__be16 type;

	if ((void *)(ethernet + 1) > end)
		return 0;
	type = ethernet->type;
	at = ethernet + 1;
	for (int i = 0; i < VLAN_TAGS; i++) {
		struct vlan_tag *tag = at;

		if (type != bpf_htons(ETHERTYPE_VLAN) && type != bpf_htons(ETHERTYPE_PROVIDER) && type != bpf_htons(ETHERTYPE_DOUBLE) &&
		    type != bpf_htons(ETHERTYPE_DOUBLE_OLD))
			break;
		if ((void *)(tag + 1) > end)
			return 0;
		type = tag->type;
		at = tag + 1;
	}
	/* Every fragment has the protocol, so that all of an ICMPv4 datagram comes along. */
	if (type == bpf_htons(ETHERTYPE_IPV4)) {
		if (at + 20 > end)
			return 0;
		return ((__u8 *)at)[9] == PROTO_ICMPV4;
	}
	if (type == bpf_htons(ETHERTYPE_IPV6))
		return is_icmpv6(at, end);
	return 0;
}

SEC("xdp")
int icmp_redirect(struct xdp_md *context)
{
	void *at = (void *)(long)context->data, *end = (void *)(long)context->data_end;

	if (!is_icmp(at, end))
		return XDP_PASS;
	/* The time goes in front of the frame, where the driver has room for it; else the reader's own has to do. */
	if (bpf_xdp_adjust_meta(context, -(int)sizeof(struct stamp)) == 0) {
		struct stamp *stamp = (void *)(long)context->data_meta;

		if ((void *)(stamp + 1) <= (void *)(long)context->data) {
			stamp->time = bpf_ktime_get_ns();
			stamp->check = stamp->time ^ STAMP_MASK;
		}
	}
	/* Where the queue has no socket, the host gets the packet. */
	return bpf_redirect_map(&sockets, context->rx_queue_index, XDP_PASS);
}

/* A reservation's size must be a constant to the verifier, so there is one for each class of lengths. */
#define COPY_CLASS(bytes)                                                                          \
	if (length <= (bytes)) {                                                                   \
		struct record *record = bpf_ringbuf_reserve(&copies, sizeof(struct record) + (bytes), 0); \
		if (!record)                                                                       \
			return 0;                                                                  \
		record->time = bpf_ktime_get_ns();                                                 \
		record->original = length;                                                         \
		record->captured = length;                                                         \
		if (bpf_xdp_load_bytes(context, 0, record->frame, length)) {                       \
			bpf_ringbuf_discard(record, 0);                                            \
			return 0;                                                                  \
		}                                                                                  \
		bpf_ringbuf_submit(record, 0);                                                     \
		return 1;                                                                          \
	}

static __always_inline int copy(struct xdp_md *context, __u64 length)
{
	/* For the verifier: one register holds the length from here on, and a frame has bytes. */
	length &= 0x1ffff;
	asm volatile("" : "+r"(length));
	if (length < sizeof(struct ethernet))
		return 0;
	COPY_CLASS(128)
	COPY_CLASS(256)
	COPY_CLASS(512)
	COPY_CLASS(1024)
	COPY_CLASS(1536)
	COPY_CLASS(4096)
	COPY_CLASS(9216)
	COPY_CLASS(65664)
	return 0;
}

SEC("xdp")
int icmp_copy(struct xdp_md *context)
{
	void *at = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	__u32 key = 0;
	struct counts *counts;

	if (!is_icmp(at, end))
		return XDP_PASS;
	counts = bpf_map_lookup_elem(&totals, &key);
	if (!counts)
		return XDP_PASS;
	__sync_fetch_and_add(&counts->seen, 1);
	if (!copy(context, (__u64)(end - at)))
		__sync_fetch_and_add(&counts->dropped, 1);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
