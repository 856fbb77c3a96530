namespace IcmpStream.Schemas;

/// <summary>
/// How many symbols each Avro enum has. A test holds these, the C# enums and the schemas together; they are constants so that a
/// reader's check is a comparison.
/// </summary>
internal static class EnumSizes
{
    public const int ChecksumStatus = (int)Schemas.ChecksumStatus.Bad + 1;

    public const int DecodeOutcome = (int)Schemas.DecodeOutcome.IpOptionMalformed + 1;

    public const int PayloadFamily = (int)Schemas.PayloadFamily.Cisco + 1;

    public const int InnerHeader = (int)Schemas.InnerHeader.Ethernet + 1;

    public const int TunnelKind = (int)Schemas.TunnelKind.Amt + 1;

    public const int EchoOutcome = (int)Schemas.EchoOutcome.Unknown + 1;

    public const int Role = (int)Schemas.Role.Unknown + 1;

    public const int FindingStage = (int)Schemas.FindingStage.Unknown + 1;

    public const int Severity = (int)Schemas.Severity.Unknown + 1;

    public const int AlertState = (int)Schemas.AlertState.Unknown + 1;
}
