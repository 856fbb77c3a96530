namespace IcmpStream.Sim;

/// <summary>The process ends here, whatever it was about to do. Nothing of the processor catches it.</summary>
internal sealed class SimCrash(string point) : Exception($"crashed at {point}");
