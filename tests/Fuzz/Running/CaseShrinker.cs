namespace IcmpStream.Fuzz.Running;

/// <summary>Makes a failing case smaller while it keeps failing in the same way, so that a person can read it.</summary>
public static class CaseShrinker
{
    private const int MaxAttempts = 4_000;

    /// <summary>Shrinks in place.</summary>
    public static void Shrink(FuzzCase made, Predicate<FuzzCase> stillFails)
    {
        FuzzCase candidate = new();
        int attempts = 0;
        bool Keep()
        {
            if (++attempts > MaxAttempts || !stillFails(candidate))
                return false;
            made.Load(candidate);
            return true;
        }

        for (int chunk = made.Length / 2; chunk > 0; chunk /= 2)
        {
            for (int at = made.Length - chunk; at >= 0; at -= chunk)
            {
                if (at + chunk > made.Length)
                    continue;
                candidate.Load(made);
                bool isWhole = made.OriginalBytes == made.Length;
                candidate.Remove(at, chunk);
                if (isWhole)
                    candidate.OriginalBytes = (uint)candidate.Length;
                Keep();
            }
        }

        for (int at = 0; at < made.Length; at++)
        {
            if (made.Bytes[at] == 0)
                continue;
            candidate.Load(made);
            candidate.Bytes[at] = 0;
            Keep();
        }
    }
}
