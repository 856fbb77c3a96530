using System.CommandLine;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Reference;

/// <summary>Completion scripts for bash, zsh and fish. They hold all words themselves: completing starts no process.</summary>
internal static class ShellCompletions
{
    /// <summary>For bash: words of the command line are looked up in one <c>case</c>.</summary>
    public static void WriteBash(TextWriter writer, Command root)
    {
        Line(writer, "# bash completion for icmpstream; written by `icmpstream completions bash`.");
        Line(writer, "_icmpstream() {");
        Line(writer, "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= i");
        Line(writer, "  COMPREPLY=()");
        Line(writer, "  for ((i = 1; i < COMP_CWORD; i++)); do");
        Line(writer, "    case ${COMP_WORDS[i]} in -*) ;; *) command=${command:+$command }${COMP_WORDS[i]} ;; esac");
        Line(writer, "    case $command in");
        Line(writer, $"      {string.Join(" | ", Groups(root).Select(group => group.Name))}) ;;");
        Line(writer, "      *) [ -z \"$command\" ] || break ;;");
        Line(writer, "    esac");
        Line(writer, "  done");
        Line(writer, "  case \"$command $before\" in");
        foreach (CommandPage page in CommandPage.All(root))
        {
            foreach (Setting setting in page.Settings.Where(setting => setting.Option.HelpName is not null))
                Line(writer, $"    '{page.Words} {setting.Option.Name}') {BashValues(setting)}; return ;;");
        }

        Line(writer, "  esac");
        Line(writer, "  case $command in");
        Line(writer, $"    '') COMPREPLY=($(compgen -W '{string.Join(' ', root.Subcommands.Select(c => c.Name))} --help --version' -- \"$word\")) ;;");
        foreach (Command group in Groups(root))
            Line(writer, $"    {group.Name}) COMPREPLY=($(compgen -W '{string.Join(' ', group.Subcommands.Select(c => c.Name))} --help' -- \"$word\")) ;;");
        foreach (CommandPage page in CommandPage.All(root))
        {
            Line(writer, $"    '{page.Words}')");
            Line(writer, $"      case $word in -*) COMPREPLY=($(compgen -W '{string.Join(' ', page.Settings.Select(s => s.Option.Name))} --help' -- \"$word\")) ;; *) {Words(page)} ;; esac ;;");
        }

        Line(writer, "  esac");
        Line(writer, "}");
        Line(writer, "complete -o filenames -o bashdefault -F _icmpstream icmpstream");
    }

    /// <summary>For zsh: its own <c>_arguments</c>, one function a command.</summary>
    public static void WriteZsh(TextWriter writer, Command root)
    {
        Line(writer, "#compdef icmpstream");
        Line(writer, "# zsh completion for icmpstream; written by `icmpstream completions zsh`.");
        foreach (CommandPage page in CommandPage.All(root))
        {
            Line(writer, $"_{ZshName(page.Words)}() {{");
            Line(writer, "  _arguments \\");
            foreach (Setting setting in page.Settings)
                Line(writer, $"    '{ZshOption(setting)}' \\");
            Line(writer, "    '--help[help and examples]' \\");
            Line(writer, $"    '*:argument:{ZshArgument(page)}'");
            Line(writer, "}");
        }

        foreach (Command group in Groups(root))
            WriteZshChoice(writer, $"_{ZshName(group.Name)}", group, ZshName(group.Name));
        WriteZshChoice(writer, "_icmpstream", root, "icmpstream");
        Line(writer, "if [ \"$funcstack[1]\" = _icmpstream ]; then _icmpstream \"$@\"; else compdef _icmpstream icmpstream; fi");
    }

    /// <summary>For fish: one line an option, each with its condition.</summary>
    public static void WriteFish(TextWriter writer, Command root)
    {
        Line(writer, "# fish completion for icmpstream; written by `icmpstream completions fish`.");
        string first = string.Join(' ', root.Subcommands.Select(c => c.Name));
        foreach (Command command in root.Subcommands)
            Line(writer, $"complete -c icmpstream -f -n 'not __fish_seen_subcommand_from {first}' -a {command.Name} -d '{Quoted(command.Description)}'");
        foreach (Command group in Groups(root))
        {
            string inner = string.Join(' ', group.Subcommands.Select(c => c.Name));
            foreach (Command command in group.Subcommands)
                Line(writer, $"complete -c icmpstream -f -n '__fish_seen_subcommand_from {group.Name}; and not __fish_seen_subcommand_from {inner}' -a {command.Name} -d '{Quoted(command.Description)}'");
        }

        foreach (CommandPage page in CommandPage.All(root))
        {
            string condition = string.Join("; and ", page.Words.Split(' ').Select(word => $"__fish_seen_subcommand_from {word}"));
            foreach (Setting setting in page.Settings)
            {
                string values = setting.Values.Count > 0 ? $" -x -a '{string.Join(' ', setting.Values)}'" : setting.Option.HelpName is null ? "" : " -r";
                Line(writer, $"complete -c icmpstream -n '{condition}' -l {setting.Name}{values} -d '{Quoted(setting.Option.Description)}'");
            }

            if (ArgumentWords(page) is { Length: > 0 } words)
                Line(writer, $"complete -c icmpstream -f -n '{condition}' -a '{string.Join(' ', words)}'");
        }
    }

    private static IEnumerable<Command> Groups(Command root) => root.Subcommands.Where(command => command.Subcommands.Count > 0);

    private static string BashValues(Setting setting) => setting.Values.Count > 0
        ? $"COMPREPLY=($(compgen -W '{string.Join(' ', setting.Values)}' -- \"$word\"))"
        : IsPath(setting) ? "COMPREPLY=($(compgen -f -- \"$word\"))" : ":";

    private static string Words(CommandPage page) => ArgumentWords(page) is { Length: > 0 } words
        ? $"COMPREPLY=($(compgen -W '{string.Join(' ', words)}' -- \"$word\"))"
        : "COMPREPLY=($(compgen -f -- \"$word\"))";

    /// <summary>What may stand for the first argument, where that is a closed set: its name in the help is then <c>a|b|c</c>.</summary>
    private static string[] ArgumentWords(CommandPage page)
    {
        string name = page.Command.Arguments.Count == 0 ? "" : CommandPage.Name(page.Command.Arguments[0]);
        return name.Contains('|', StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterLower(c) || c == '|') ? name.Split('|') : [];
    }

    private static bool IsPath(Setting setting) => setting.Option.HelpName is "FILE" or "DIR" or "SRC";

    private static string ZshName(string words) => "icmpstream_" + words.Replace(' ', '_');

    private static string ZshArgument(CommandPage page) => ArgumentWords(page) is { Length: > 0 } words ? $"({string.Join(' ', words)})" : "_files";

    private static string ZshOption(Setting setting)
    {
        string description = Quoted(setting.Option.Description).Replace("[", @"\[", StringComparison.Ordinal).Replace("]", @"\]", StringComparison.Ordinal)
            .Replace(":", @"\:", StringComparison.Ordinal);
        string repeat = setting.IsList ? "*" : "";
        string value = setting.Option.HelpName is null ? ""
            : setting.Values.Count > 0 ? $":value:({string.Join(' ', setting.Values)})"
            : IsPath(setting) ? ":file:_files" : ":value: ";
        return $"{repeat}{setting.Option.Name}[{description}]{value}";
    }

    private static void WriteZshChoice(TextWriter writer, string function, Command parent, string prefix)
    {
        Line(writer, $"{function}() {{");
        Line(writer, "  local context state line");
        Line(writer, "  typeset -A opt_args");
        Line(writer, "  _arguments -C '1: :->command' '*:: :->rest'");
        Line(writer, "  case $state in");
        Line(writer, "    command) _values command \\");
        foreach (Command command in parent.Subcommands)
            Line(writer, $"      '{command.Name}[{Quoted(command.Description).Replace("[", "(", StringComparison.Ordinal).Replace("]", ")", StringComparison.Ordinal)}]' \\");
        Line(writer, "      ;;");
        Line(writer, "    rest) case $line[1] in");
        foreach (Command command in parent.Subcommands)
            Line(writer, $"      {command.Name}) _{prefix}_{command.Name} ;;");
        Line(writer, "    esac ;;");
        Line(writer, "  esac");
        Line(writer, "}");
    }

    /// <summary>For single quotes of all three shells: an apostrophe cannot stand there, a typographic one can.</summary>
    private static string Quoted(string? text) => (text ?? "").Replace('\'', '\u2019');

    private static void Line(TextWriter writer, string text)
    {
        writer.Write(text);
        writer.Write('\n');
    }
}
