namespace IcmpStream.Ingest.Tests.Live;

/// <summary>What a test needs and a laptop may lack: skipped there, failed in the gate.</summary>
internal static class LiveNeeds
{
    public static void Tool(string program)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin"];
        That(folders.Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed");
    }

    public static void That(bool condition, string reason)
    {
        if (condition)
            return;
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        Assert.Skip(reason);
    }
}
