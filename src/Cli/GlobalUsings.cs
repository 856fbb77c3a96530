global using IcmpStream.Cli.Invocation;
