using System.Reflection;
using System.Runtime.InteropServices;

namespace IcmpStream.Cli.Invocation;

/// <summary>
/// Which build this is. The number stands in Directory.Build.props alone; the commit is put behind it by the build, as the
/// source revision of the assembly's informational version.
/// </summary>
internal static class ProductVersion
{
    /// <summary>Digits of a commit that tell it from all others of a repository.</summary>
    private const int CommitDigits = 12;

    private static readonly string[] Parts =
        (typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);

    /// <summary>The version, as <c>0.1.0</c>.</summary>
    public static string Number => Parts[0];

    /// <summary>The commit it was built from; <c>unknown</c> where it was built outside a repository.</summary>
    public static string Commit { get; } = Parts.Length == 2 ? Parts[1][..Math.Min(CommitDigits, Parts[1].Length)] : "unknown";

    /// <summary>The runtime and the kind of machine.</summary>
    public static string Runtime => $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}";
}
