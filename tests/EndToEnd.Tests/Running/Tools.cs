namespace IcmpStream.EndToEnd.Tests.Running;

/// <summary>Programs that a test needs and a laptop may lack.</summary>
public static class Tools
{
    /// <summary>Skips the test where the program is missing; in the gate it fails.</summary>
    public static void Need(string program)
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        NeedThat(isThere, $"{program} is not installed");
    }

    /// <summary>Skips the test where something it needs is missing; in the gate it fails.</summary>
    public static void NeedThat(bool condition, string reason)
    {
        if (condition)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
