using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>The page on exchanges explains every outcome that the schema has, in its order.</summary>
public class ExchangePageTests
{
    [Fact]
    public void Each_outcome_of_an_exchange_has_its_row() => Assert.Equal(
        Enum.GetNames<EchoOutcome>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName),
        Repository.Read("docs/exchanges.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]));
}
