using System.Globalization;
using IcmpStream.Schemas.Tables;

namespace IcmpStream.Schemas.Tests.Tables;

/// <summary>The type table against the IANA registries as transcribed in tests/corpus/registries, number by number.</summary>
public sealed class RegistryTests
{
    private const string Unassigned = "Unassigned";

    [Theory]
    [InlineData(4, "icmp.tsv"), InlineData(6, "icmpv6.tsv")]
    public void Every_number_has_the_registrys_name(int version, string file)
    {
        var names = new string?[256];
        foreach ((int from, int to, int? code, string name) in Rows(file).Where(row => row.Code is null))
        {
            for (int type = from; type <= to; type++)
                names[type] = name;
        }

        for (int type = 0; type < names.Length; type++)
        {
            Assert.Equal(names[type] == Unassigned ? null : names[type], IcmpTypes.Name(version, (byte)type));
            bool isAssigned = names[type] is { } name && name != Unassigned && !name.StartsWith("Reserved", StringComparison.Ordinal);
            Assert.Equal((type, isAssigned), (type, IcmpTypes.IsRegistered(version, (byte)type)));
        }
    }

    [Theory]
    [InlineData(4, "icmp.tsv"), InlineData(6, "icmpv6.tsv")]
    public void Every_listed_code_has_the_registrys_name_and_no_other_code_of_its_type_is_known(int version, string file)
    {
        foreach (IGrouping<int, (int From, int To, int? Code, string Name)> type in Rows(file).Where(row => row.Code is not null).GroupBy(row => row.From))
        {
            Dictionary<int, string> codes = type.ToDictionary(row => row.Code!.Value, row => row.Name);
            for (int code = 0; code < 256; code++)
            {
                Assert.Equal((type.Key, code, codes.GetValueOrDefault(code)), (type.Key, code, IcmpTypes.CodeName(version, (byte)type.Key, (byte)code)));
                Assert.Equal((type.Key, code, codes.ContainsKey(code)), (type.Key, code, IcmpTypes.IsRegistered(version, (byte)type.Key, (byte)code)));
            }
        }
    }

    private static List<(int From, int To, int? Code, string Name)> Rows(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IcmpStream.sln")))
            folder = folder.Parent;
        string path = Path.Combine(folder!.FullName, "tests", "corpus", "registries", file);
        return
        [
            .. File.ReadLines(path).Skip(1).Select(line => line.Split('\t')).Select(row =>
            {
                string[] range = row[0].Split('-');
                return (Number(range[0]), Number(range[^1]), row[1].Length == 0 ? (int?)null : Number(row[1]), row[2]);
            }),
        ];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
