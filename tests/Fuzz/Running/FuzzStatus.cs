namespace IcmpStream.Fuzz.Running;

/// <summary>Exit statuses of the program.</summary>
public static class FuzzStatus
{
    /// <summary>Nothing was found.</summary>
    public const int Nothing = 0;

    /// <summary>Something was found.</summary>
    public const int Found = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A case did not end; of the process that runs the cases.</summary>
    public const int Hung = 3;
}
