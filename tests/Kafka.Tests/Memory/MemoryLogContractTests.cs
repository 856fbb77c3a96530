using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Tests.Contract;

namespace IcmpStream.Kafka.Tests.Memory;

public sealed class MemoryLogContractTests : LogContract, IDisposable
{
    private readonly MemoryLog _log = new();

    protected override ILog Log => _log;

    public void Dispose() => _log.Dispose();
}
