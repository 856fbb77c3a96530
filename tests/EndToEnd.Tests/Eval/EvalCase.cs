using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>What a case must raise.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Subject">Its subject, or <see cref="AnySubject"/>.</param>
/// <param name="AtLeast">The least severity.</param>
/// <param name="WithinMs">From the attack's first packet to the alert's opening, ms of event time.</param>
internal sealed record Expected(string Rule, string Subject, Severity AtLeast, double WithinMs = double.MaxValue)
{
    /// <summary>Where sources are made up, and whichever comes first speaks.</summary>
    public const string AnySubject = "*";
}

/// <summary>Labelled traffic: generated, or a capture.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Make">Makes it, the same each time; null for a capture.</param>
/// <param name="Expected">What it must raise; nothing of medium or higher besides.</param>
/// <param name="Capture">Path of the capture.</param>
internal sealed record EvalCase(string Name, Func<ITraffic>? Make, Expected[] Expected, string? Capture = null);
