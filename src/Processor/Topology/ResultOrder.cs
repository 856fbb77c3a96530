using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// The orders of the result files: total as far as the fields go, so that equal results are equal files. An absent value comes
/// before a present one.
/// </summary>
public static class ResultOrder
{
    /// <summary>Exchanges: by request time, else reply time, then the fields in the order of <c>echo.jsonl</c>.</summary>
    public static int Compare(in EchoExchange a, in EchoExchange b)
    {
        int order = (a.RequestNs ?? a.ReplyNs ?? 0).CompareTo(b.RequestNs ?? b.ReplyNs ?? 0);
        if (order != 0)
            return order;
        order = a.Outcome.CompareTo(b.Outcome);
        if (order != 0)
            return order;
        order = a.Family.CompareTo(b.Family);
        if (order != 0)
            return order;
        order = a.Type.CompareTo(b.Type);
        if (order != 0)
            return order;
        order = a.Requester.CompareTo(b.Requester);
        if (order != 0)
            return order;
        order = a.Responder.CompareTo(b.Responder);
        if (order != 0)
            return order;
        order = a.Identifier.CompareTo(b.Identifier);
        if (order != 0)
            return order;
        order = a.Sequence.CompareTo(b.Sequence);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.RequestNs, b.RequestNs);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.ReplyNs, b.ReplyNs);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.RttNs, b.RttNs);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.RequestBytes, b.RequestBytes);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.ReplyBytes, b.ReplyBytes);
        return order != 0 ? order : CompareRest(a, b);
    }

    /// <summary>Rates: by window, then the fields in the order of <c>rates.jsonl</c>; the row of all others behind the addresses.</summary>
    public static int Compare(in SourceRate a, in SourceRate b)
    {
        int order = a.WindowStartNs.CompareTo(b.WindowStartNs);
        if (order != 0)
            return order;
        order = a.WindowNs.CompareTo(b.WindowNs);
        if (order != 0)
            return order;
        order = a.Role.CompareTo(b.Role);
        if (order != 0)
            return order;
        order = a.Address is null == b.Address is null ? Nullable.Compare(a.Address, b.Address) : a.Address is null ? 1 : -1;
        if (order != 0)
            return order;
        order = a.Packets.CompareTo(b.Packets);
        if (order != 0)
            return order;
        order = a.Bytes.CompareTo(b.Bytes);
        return order != 0 ? order : a.Domain.CompareTo(b.Domain);
    }

    /// <summary>Round-trip times: by window, requester, responder and domain, which no two records of a run share.</summary>
    public static int Compare(PairRtt a, PairRtt b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        int order = a.WindowStartNs.CompareTo(b.WindowStartNs);
        if (order != 0)
            return order;
        order = a.Requester.CompareTo(b.Requester);
        if (order != 0)
            return order;
        order = a.Responder.CompareTo(b.Responder);
        return order != 0 ? order : a.Domain.CompareTo(b.Domain);
    }

    /// <summary>Alerts: by opening time, id, revision.</summary>
    public static int Compare(Alert a, Alert b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        int order = a.OpenedNs.CompareTo(b.OpenedNs);
        if (order != 0)
            return order;
        order = string.CompareOrdinal(a.Id, b.Id);
        return order != 0 ? order : a.Revision.CompareTo(b.Revision);
    }

    private static int CompareRest(in EchoExchange a, in EchoExchange b)
    {
        int order = a.Domain.CompareTo(b.Domain);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.ErrorType, b.ErrorType);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.ErrorCode, b.ErrorCode);
        if (order != 0)
            return order;
        order = Nullable.Compare(a.ErrorSource, b.ErrorSource);
        return order != 0 ? order : a.Completeness.CompareTo(b.Completeness);
    }
}
