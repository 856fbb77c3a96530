
using Terminal terminal = Terminal.OfProcess();
using StopSignal stop = StopSignal.OfProcess(terminal);
return await IcmpStreamCommand.RunAsync(args, terminal, stop.Token);
