namespace IcmpStream.Schemas;

/// <summary>
/// What is wrong with bytes that should be Avro: a named result, and the label of the dead letter's counter. Reading never
/// throws.
/// </summary>
public enum AvroError : byte
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The bytes end inside a value.</summary>
    Truncated,

    /// <summary>A variable-length integer is longer than ten bytes, or does not fit in 64 bits.</summary>
    VarintTooLong,

    /// <summary>A number outside the range of its field.</summary>
    OutOfRange,

    /// <summary>A length or a block size below zero.</summary>
    NegativeLength,

    /// <summary>An enum position that the schema does not have.</summary>
    InvalidEnum,

    /// <summary>A boolean that is neither 0 nor 1.</summary>
    InvalidBoolean,

    /// <summary>A union branch that the schema does not have.</summary>
    InvalidUnion,

    /// <summary>A string that is not UTF-8.</summary>
    InvalidText,

    /// <summary>More bytes or items than the field's limit.</summary>
    TooLarge,

    /// <summary>Fields that contradict each other, so that no event could have said both.</summary>
    Inconsistent,

    /// <summary>Bytes are left over behind the record.</summary>
    TrailingBytes,

    /// <summary>The record is fine, but the buffer to read it into has no room left: hand it on, clear it, and read again.</summary>
    BufferFull,

    /// <summary>The record starts with neither of the two framings, or the file with no container's magic.</summary>
    BadMagic,

    /// <summary>The framing names a schema that is not known.</summary>
    UnknownSchema,

    /// <summary>A container file's header lacks its schema, or has metadata that is not to be understood.</summary>
    BadHeader,

    /// <summary>A container file uses a compression other than null and deflate.</summary>
    UnknownCompression,

    /// <summary>A container file's block is damaged: its compressed bytes, its length or its count.</summary>
    BadBlock,

    /// <summary>A container file's block does not end with the file's sync marker.</summary>
    BadSync,
}
