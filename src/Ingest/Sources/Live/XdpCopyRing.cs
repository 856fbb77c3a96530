using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>Copies of an interface's ICMP, which itself goes on to the host: the BPF ring buffer that the program writes them into, mapped.</summary>
internal sealed class XdpCopyRing : LiveRing
{
    private readonly XdpLink _link;
    private readonly SafeFileHandle _copies;
    private readonly SafeFileHandle _totals;
    private readonly MappedRegion _consumerRegion;
    private readonly MappedRegion _dataRegion;
    private readonly MappedRegion _totalsRegion;
    private readonly BpfRecordRing _records;

    private XdpCopyRing(XdpLink link, SafeFileHandle copies, SafeFileHandle totals, MappedRegion consumer, MappedRegion data, MappedRegion totalsRegion)
    {
        (_link, _copies, _totals) = (link, copies, totals);
        (_consumerRegion, _dataRegion, _totalsRegion) = (consumer, data, totalsRegion);
        int page = Environment.SystemPageSize;
        _records = new BpfRecordRing(consumer.Memory, data.Memory[..page], data.Memory[page..]);
    }

    public override RingLayout Layout => RingLayout.BpfRecords;

    public override int Descriptor => (int)_copies.DangerousGetHandle();

    public override ushort LinkType => LinkTypeNumbers.Ethernet;

    public override bool ComesSingly => true;

    public override string? Failure => _link.Failure;

    /// <summary>Maps it: our position may be written, the kernel's and the data may not.</summary>
    public static XdpCopyRing Map(XdpLink link, SafeFileHandle copies, SafeFileHandle totals, int bytes)
    {
        int page = Environment.SystemPageSize, map = (int)copies.DangerousGetHandle();
        MappedRegion consumer = MappedRegion.Map(map, page, 0, isWritable: true, "the position in the copies");
        MappedRegion data = MappedRegion.Map(map, page + (2L * bytes), page, isWritable: false, "the copies");
        MappedRegion counts = MappedRegion.Map((int)totals.DangerousGetHandle(), page, 0, isWritable: false, "the counts of copies");
        return new XdpCopyRing(link, copies, totals, consumer, data, counts);
    }

    public override bool TryTake(out Memory<byte> window) => _records.TryTake(out window);

    public override void Consume(int bytes) => _records.Consume(bytes);

    public override LiveCounters ReadCounters()
    {
        // struct counts of icmp.bpf.c: seen, dropped. The second first, so that a packet between the two is never a loss that was not seen.
        ReadOnlySpan<byte> counts = _totalsRegion.Memory.Span;
        long dropped = BitConverter.ToInt64(counts[sizeof(long)..]), seen = BitConverter.ToInt64(counts);
        return new LiveCounters(seen, dropped, 0, 0);
    }

    public override void Begin()
    {
        // The program copies from the moment that it is attached.
    }

    public override void StopReceiving() => _link.Detach();

    public override void Attend(short polled) => _link.Look(isUrgent: false);

    public override void Dispose()
    {
        _link.Dispose();
        _consumerRegion.Unmap();
        _dataRegion.Unmap();
        _totalsRegion.Unmap();
        _copies.Dispose();
        _totals.Dispose();
    }
}
