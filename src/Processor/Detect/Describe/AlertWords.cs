using System.Globalization;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>Wording that rules share.</summary>
internal static class AlertWords
{
    public static string Rate(Alert alert, string path)
    {
        string words = $"{Number(alert.Observed)} {alert.Unit} for {Seconds(alert)} s {path}; threshold {Number(alert.Threshold)}";
        return alert.Features.TryGetValue(RateUnits.BaselineFeature, out double baseline) ? $"{words}; baseline {Number(baseline)}" : words;
    }

    public static string Seconds(Alert alert) =>
        ((double)EventTime.Between(alert.FirstNs, alert.LastNs) / EventTime.SecondNs).ToString("0.#", CultureInfo.InvariantCulture);

    public static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Distinct addresses: beyond 64 the number is an estimate, and says so.</summary>
    public static string Peers(double count) => (count > AddressPool.ExactLimit ? "about " : "") + Number(count);

    /// <summary>A feature of an alert, 0 where it has none.</summary>
    public static double Feature(Alert alert, string name) => alert.Features.GetValueOrDefault(name);

    /// <summary>The other end: one address, or how many.</summary>
    public static string End(Address? only, double count, string many) =>
        only is { } address ? address.ToString() : count > 1 ? $"{Peers(count)} {many}" : $"several {many}";
}
