namespace IcmpStream.Cli.Doctor;

/// <summary>How a check ended.</summary>
internal enum CheckState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Something that only some commands need is missing.</summary>
    Limited,

    /// <summary>What the user asked for will not work.</summary>
    Broken,
}

/// <summary>One thing looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Mend">What to do about it; empty where there is nothing to do.</param>
internal sealed record Check(string Name, CheckState State, string Detail, string Mend = "");
