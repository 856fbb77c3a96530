using System.Diagnostics;
using System.Globalization;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Live;

/// <summary>
/// Two network namespaces with a veth pair between them, "left" and "right", which are gone with the test: nothing of the machine's own
/// network is touched. Neighbours are fixed, since a source that takes ICMP takes neighbour discovery too.
/// </summary>
public sealed class NetworkPair : IDisposable
{
    public const string LeftAddress = "10.88.0.1";
    public const string RightAddress = "10.88.0.2";
    public const string LeftAddress6 = "fd88::1";
    public const string RightAddress6 = "fd88::2";

    private static int _count;
    private readonly string _name = $"ist{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";
    private readonly TemporaryFolder _folder = new();

    private readonly bool _hasIpv6;
    private readonly string _queues;

    /// <summary>Makes the pair, of so many queues; without IPv6 where a test counts, since IPv6 speaks of its own accord.</summary>
    public NetworkPair(bool hasIpv6 = true, int queues = 1)
    {
        (_hasIpv6, _queues) = (hasIpv6, queues.ToString(CultureInfo.InvariantCulture));
        Tools.NeedThat(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "network namespaces take root");
        Tools.NeedThat(File.Exists("/sbin/ip") || File.Exists("/usr/sbin/ip"), "ip (iproute2) is not installed");
        try
        {
            Run("ip", "netns", "add", Left);
            Run("ip", "netns", "add", Right);

            // A machine with containers forwards, and its new namespaces do: they would answer what is not for them with redirects.
            Run("ip", "netns", "exec", Left, "sysctl", "-qw", "net.ipv4.ip_forward=0");
            Run("ip", "netns", "exec", Right, "sysctl", "-qw", "net.ipv4.ip_forward=0");
            if (!hasIpv6)
            {
                Run("ip", "netns", "exec", Left, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
                Run("ip", "netns", "exec", Right, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
            }

            AddLink();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Skips the test where the program is missing (some live where only root looks); in the gate it fails.</summary>
    public static void NeedProgram(string program) =>
        Tools.NeedThat(
            new[] { "/usr/bin", "/bin", "/usr/sbin", "/sbin" }.Any(folder => File.Exists(Path.Combine(folder, program))), $"{program} is not installed");

    public string Left => _name + "l";

    public string Right => _name + "r";

    public TemporaryFolder Folder => _folder;

    /// <summary>Adds the pair of interfaces; again, where a test has removed it.</summary>
    public void AddLink()
    {
        Run("ip", "link", "add", "left", "address", "02:00:00:00:00:01", "netns", Left, "numtxqueues", _queues, "numrxqueues", _queues, "type", "veth",
            "peer", "name", "right", "address", "02:00:00:00:00:02", "netns", Right, "numtxqueues", _queues, "numrxqueues", _queues);
        Configure(Left, "left", LeftAddress, LeftAddress6);
        Configure(Right, "right", RightAddress, RightAddress6);
        Run("ip", "-n", Left, "neigh", "replace", RightAddress, "lladdr", "02:00:00:00:00:02", "dev", "left", "nud", "permanent");
        Run("ip", "-n", Right, "neigh", "replace", LeftAddress, "lladdr", "02:00:00:00:00:01", "dev", "right", "nud", "permanent");
        if (!_hasIpv6)
            return;
        Run("ip", "-n", Left, "neigh", "replace", RightAddress6, "lladdr", "02:00:00:00:00:02", "dev", "left", "nud", "permanent");
        Run("ip", "-n", Right, "neigh", "replace", LeftAddress6, "lladdr", "02:00:00:00:00:01", "dev", "right", "nud", "permanent");
    }

    /// <summary>Starts the executable on the right.</summary>
    public ProcessRun Read(params string[] args) => ProcessRun.Start("ip", ["netns", "exec", Right, ProcessRun.Executable, .. args]);

    /// <summary>Runs a program on the left to its end, whatever that is; its output.</summary>
    public string OnLeft(string program, params string[] args) => Output("ip", ["netns", "exec", Left, program, .. args]).Output;

    /// <summary>Runs a program on the right.</summary>
    public string OnRight(string program, params string[] args) => Output("ip", ["netns", "exec", Right, program, .. args]).Output;

    /// <summary>Sends as fast as the interface takes it; how many frames it took.</summary>
    public long Blast(double seconds, long packets, params string[] tags) => Blast([], seconds, packets, tags);

    /// <summary>As <see cref="Blast(double, long, string[])"/>, and slower: so that readers of the sending interface see the frames too.</summary>
    public long BlastInSight(double seconds, long packets, params string[] tags) => Blast(["-s"], seconds, packets, tags);

    /// <summary>A counter of an interface, as its own namespace sees it.</summary>
    public long Counter(bool isLeft, string name)
    {
        string text = isLeft ? OnLeft("cat", $"/sys/class/net/left/statistics/{name}") : OnRight("cat", $"/sys/class/net/right/statistics/{name}");
        return long.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>True while an XDP program is on the right interface.</summary>
    public bool HasXdpProgram() => OnRight("ip", "link", "show", "right").Contains("xdp", StringComparison.Ordinal);

    public void Dispose()
    {
        Output("ip", ["netns", "del", Left]);
        Output("ip", ["netns", "del", Right]);
        _folder.Dispose();
    }

    public static void Run(string program, params string[] args)
    {
        (int code, string output) = Output(program, args);
        Assert.True(code == 0, $"{program} {string.Join(' ', args)}: {output}");
    }

    private long Blast(string[] options, double seconds, long packets, string[] tags)
    {
        Tools.Need("gcc");
        string program = _folder.PathOf("blast"), source = Path.Combine(CorpusFolder.Root, "tests", "live", "blast.c");
        if (!File.Exists(program))
            Run("gcc", "-O2", "-o", program, source);
        CultureInfo culture = CultureInfo.InvariantCulture;
        string line = OnLeft(program, [.. options, "left", seconds.ToString(culture), packets.ToString(culture), .. tags]);
        Assert.StartsWith("sent ", line);
        return long.Parse(line.Split(' ')[1], culture);
    }

    private static (int Code, string Output) Output(string program, string[] args)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    private void Configure(string space, string name, string address, string address6)
    {
        Run("ip", "-n", space, "link", "set", "lo", "up");
        Run("ip", "-n", space, "addr", "add", address + "/16", "dev", name);
        if (_hasIpv6)
            Run("ip", "-n", space, "addr", "add", address6 + "/64", "dev", name, "nodad");
        Run("ip", "-n", space, "link", "set", name, "up");
    }
}
