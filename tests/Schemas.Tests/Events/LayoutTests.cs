using System.Runtime.CompilerServices;

namespace IcmpStream.Schemas.Tests.Events;

public sealed class LayoutTests
{
    [Fact]
    public void Sizes() => Assert.Equal((IcmpEvent.Size, IcmpEventDetail.Size), (Unsafe.SizeOf<IcmpEvent>(), Unsafe.SizeOf<IcmpEventDetail>()));
}
