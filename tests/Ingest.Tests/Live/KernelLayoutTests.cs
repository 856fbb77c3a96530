using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Tests.Live;

/// <summary>Every struct that we share with the kernel, against the offsets that a C compiler finds in the kernel's own headers.</summary>
public class KernelLayoutTests
{
    private static readonly (string Expression, long Value)[] Layout =
    [
        ("offsetof(struct tpacket_block_desc, hdr.bh1.block_status)", PacketBlockRing.StatusOffset),
        ("offsetof(struct tpacket_block_desc, hdr.bh1.num_pkts)", PacketBlockRing.CountOffset),
        ("offsetof(struct tpacket_block_desc, hdr.bh1.offset_to_first_pkt)", PacketBlockRing.FirstOffset),
        ("offsetof(struct tpacket_block_desc, hdr.bh1.blk_len)", PacketBlockRing.EndOffset),
        ("sizeof(struct tpacket_block_desc)", PacketBlockRing.HeaderBytes),
        ("offsetof(struct tpacket3_hdr, tp_next_offset)", PacketHeader.NextOffset),
        ("offsetof(struct tpacket3_hdr, tp_sec)", PacketHeader.SecondsOffset),
        ("offsetof(struct tpacket3_hdr, tp_nsec)", PacketHeader.NanosecondsOffset),
        ("offsetof(struct tpacket3_hdr, tp_snaplen)", PacketHeader.CapturedOffset),
        ("offsetof(struct tpacket3_hdr, tp_len)", PacketHeader.OriginalOffset),
        ("offsetof(struct tpacket3_hdr, tp_status)", PacketHeader.StatusOffset),
        ("offsetof(struct tpacket3_hdr, tp_mac)", PacketHeader.FrameOffset),
        ("offsetof(struct tpacket3_hdr, hv1.tp_vlan_tci)", PacketHeader.VlanTciOffset),
        ("offsetof(struct tpacket3_hdr, hv1.tp_vlan_tpid)", PacketHeader.VlanTpidOffset),
        ("sizeof(struct tpacket3_hdr)", PacketHeader.Bytes),
        ("TP_STATUS_VLAN_VALID", PacketHeader.VlanValid),
        ("TP_STATUS_VLAN_TPID_VALID", PacketHeader.VlanTpidValid),
        ("TPACKET_ALIGN(TPACKET3_HDRLEN + 16) + 4 - 14", RingBytes.FrameOffset),
        ("sizeof(struct tpacket_req3)", Size<PacketSocket.Request>()),
        ("offsetof(struct tpacket_req3, tp_block_size)", At<PacketSocket.Request>(nameof(PacketSocket.Request.BlockBytes))),
        ("offsetof(struct tpacket_req3, tp_block_nr)", At<PacketSocket.Request>(nameof(PacketSocket.Request.Blocks))),
        ("offsetof(struct tpacket_req3, tp_frame_size)", At<PacketSocket.Request>(nameof(PacketSocket.Request.FrameBytes))),
        ("offsetof(struct tpacket_req3, tp_frame_nr)", At<PacketSocket.Request>(nameof(PacketSocket.Request.Frames))),
        ("offsetof(struct tpacket_req3, tp_retire_blk_tov)", At<PacketSocket.Request>(nameof(PacketSocket.Request.TimeoutMs))),
        ("offsetof(struct tpacket_req3, tp_sizeof_priv)", At<PacketSocket.Request>(nameof(PacketSocket.Request.PrivateBytes))),
        ("offsetof(struct tpacket_req3, tp_feature_req_word)", At<PacketSocket.Request>(nameof(PacketSocket.Request.Features))),
        ("sizeof(struct tpacket_stats_v3)", Size<PacketSocket.Counts>()),
        ("offsetof(struct tpacket_stats_v3, tp_packets)", At<PacketSocket.Counts>(nameof(PacketSocket.Counts.Packets))),
        ("offsetof(struct tpacket_stats_v3, tp_drops)", At<PacketSocket.Counts>(nameof(PacketSocket.Counts.Drops))),
        ("offsetof(struct tpacket_stats_v3, tp_freeze_q_cnt)", At<PacketSocket.Counts>(nameof(PacketSocket.Counts.Freezes))),
        ("offsetof(struct sockaddr_ll, sll_protocol)", At<PacketSocket.Address>(nameof(PacketSocket.Address.Protocol))),
        ("offsetof(struct sockaddr_ll, sll_ifindex)", At<PacketSocket.Address>(nameof(PacketSocket.Address.InterfaceIndex))),
        ("offsetof(struct packet_mreq, mr_type)", At<PacketSocket.Membership>(nameof(PacketSocket.Membership.Type))),
        ("sizeof(struct packet_mreq)", Size<PacketSocket.Membership>()),
        ("sizeof(struct sock_fprog)", Size<PacketSocket.Program>()),
        ("offsetof(struct sock_fprog, filter)", At<PacketSocket.Program>(nameof(PacketSocket.Program.Instructions))),
        ("sizeof(struct sock_filter)", Size<BpfInstruction>()),
        ("offsetof(struct sock_filter, k)", 4),
        ("sizeof(struct xdp_desc)", XdpReceiveRing.EntryBytes),
        ("offsetof(struct xdp_desc, addr)", XdpReceiveRing.AddressOffset),
        ("offsetof(struct xdp_desc, len)", XdpReceiveRing.LengthOffset),
        ("offsetof(struct xdp_desc, options)", XdpReceiveRing.OptionsOffset),
        ("BPF_RINGBUF_HDR_SZ", BpfRecordRing.HeaderBytes),
        ("BPF_RINGBUF_BUSY_BIT", BpfRecordRing.BusyFlag),
        ("BPF_RINGBUF_DISCARD_BIT", BpfRecordRing.DiscardFlag),
        ("sizeof(struct timespec)", Size<Libc.TimeSpec>()),
        ("sizeof(struct pollfd)", Size<Libc.PollDescriptor>()),
    ];

    [Fact]
    public async Task Structs_that_are_shared_with_the_kernel_are_laid_out_as_its_headers_say()
    {
        LiveNeeds.Tool("gcc");
        string folder = Directory.CreateTempSubdirectory("icmpstream-layout-").FullName;
        try
        {
            string source = Path.Combine(folder, "layout.c"), program = Path.Combine(folder, "layout");
            await File.WriteAllTextAsync(source, Source());
            Assert.Equal("", await RunAsync("gcc", "-o", program, source));
            string[] values = (await RunAsync(program)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Layout.Length, values.Length);
            Assert.All(Layout.Zip(values), pair => Assert.Equal($"{pair.First.Expression} = {pair.First.Value}", $"{pair.First.Expression} = {pair.Second}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Source() =>
        $$"""
        #define _GNU_SOURCE
        #include <stddef.h>
        #include <stdio.h>
        #include <time.h>
        #include <poll.h>
        #include <linux/bpf.h>
        #include <linux/filter.h>
        #include <linux/if_packet.h>
        #include <linux/if_xdp.h>
        int main(void) {
        {{string.Concat(Layout.Select(entry => $"    printf(\"%lld\\n\", (long long)({entry.Expression}));\n"))}}    return 0;
        }
        """;

    private static async Task<string> RunAsync(string program, params string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(), error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output + error;
    }

    private static long Size<T>() => Unsafe.SizeOf<T>();

    private static long At<T>(string field) => Marshal.OffsetOf<T>(field);
}
