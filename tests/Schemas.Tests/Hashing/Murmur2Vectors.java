import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * Prints murmur2-vectors.tsv: a key in hexadecimal digits and Kafka's 32-bit MurmurHash2 of it, in Java's int arithmetic.
 * Keys of 0 to 63 bytes, four of each length, from a fixed linear congruential generator.
 *
 *     javac Murmur2Vectors.java && java Murmur2Vectors > murmur2-vectors.tsv
 */
public final class Murmur2Vectors {
    private static int murmur2(byte[] key) {
        final int m = 0x5bd1e995;
        int h = 0x9747b28c ^ key.length;
        ByteBuffer words = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
        while (words.remaining() >= 4) {
            int k = words.getInt() * m;
            h = h * m ^ (k ^ k >>> 24) * m;
        }

        int tail = 0;
        int rest = words.remaining();
        for (int i = 0; i < rest; i++) {
            tail |= (words.get() & 0xff) << 8 * i;
        }

        if (rest > 0) {
            h = (h ^ tail) * m;
        }

        h = (h ^ h >>> 13) * m;
        return h ^ h >>> 15;
    }

    public static void main(String[] args) {
        long state = 1;
        for (int length = 0; length < 64; length++) {
            for (int n = 0; n < 4; n++) {
                byte[] key = new byte[length];
                for (int i = 0; i < length; i++) {
                    state = state * 6364136223846793005L + 1442695040888963407L;
                    key[i] = (byte) (state >>> 56);
                }

                System.out.println(HexFormat.of().formatHex(key) + "\t" + murmur2(key));
            }
        }
    }
}
