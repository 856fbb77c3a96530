using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Running;

/// <summary>What is fuzzed: how its cases are made, and what must hold for each.</summary>
public interface IFuzzTarget : IDisposable
{
    /// <summary>Name on the command line and in case files.</summary>
    string Name { get; }

    /// <summary>Makes a case; the same numbers from <paramref name="chance"/> make the same case. Allocates nothing.</summary>
    void Make(ref SplitMix chance, FuzzCase made);

    /// <summary>Runs a case; says in one line what is wrong, or null. An exception is wrong too, and the caller's to catch.</summary>
    string? Check(FuzzCase made);

    /// <summary>What the cases so far have reached, a line or more: a fuzzer that is stuck at the door finds nothing.</summary>
    string Summary { get; }
}
