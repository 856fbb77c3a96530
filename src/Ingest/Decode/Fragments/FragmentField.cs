namespace IcmpStream.Ingest.Decode;

/// <summary>Where a fragment's part of its datagram lies in the frame, and what the header around it says.</summary>
/// <param name="At">The first byte of the part, from the start of the frame.</param>
/// <param name="Bytes">Length of the part as the header announces it; less may be captured.</param>
/// <param name="BytesBefore">
/// What the whole datagram's length field counts besides the parts: the IPv4 header, or the IPv6 extension headers before the fragment header.
/// </param>
/// <param name="Protocol">What the datagram's payload begins with: IPv4 protocol, or next header of the IPv6 fragment header.</param>
internal readonly record struct FragmentField(int At, int Bytes, int BytesBefore, byte Protocol);
