namespace IcmpStream.Bench.Harness;

/// <summary>A group of measurements that belong together.</summary>
internal interface ISuite
{
    /// <summary>Its name, for <c>--only</c>.</summary>
    string Name { get; }

    /// <summary>Measures, and adds its numbers.</summary>
    /// <param name="metrics">Where the numbers go.</param>
    /// <param name="folder">A folder for captures that are made once and kept.</param>
    void Run(Metrics metrics, string folder);
}
