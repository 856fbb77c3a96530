import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Makes murmur2.tsv: `java Murmur2Vectors.java > murmur2.tsv`, with any Java from 11 on (it was made with OpenJDK 17.0.15).
 *
 * Key i is the first (i mod 64) + 1 bytes of SHA-512("icmpstream " + i): random bytes that anybody can make again, of every length up to 64. The hash is
 * MurmurHash2 of 32 bits with the seed of Kafka's default partitioner, written from its public description; a row is the hash as Java's int, and the
 * partition of 16 that the default partitioner takes: toPositive(hash) % 16.
 */
public final class Murmur2Vectors {
    static int murmur2(byte[] key) {
        final int m = 0x5bd1e995;
        int h = 0x9747b28c ^ key.length;
        int at = 0;
        for (; key.length - at >= 4; at += 4) {
            int k = (key[at] & 0xff) | (key[at + 1] & 0xff) << 8 | (key[at + 2] & 0xff) << 16 | (key[at + 3] & 0xff) << 24;
            k *= m;
            k ^= k >>> 24;
            h = h * m ^ k * m;
        }
        int left = key.length - at;
        if (left == 3) h ^= (key[at + 2] & 0xff) << 16;
        if (left >= 2) h ^= (key[at + 1] & 0xff) << 8;
        if (left >= 1) h = (h ^ (key[at] & 0xff)) * m;
        h ^= h >>> 13;
        h *= m;
        return h ^ h >>> 15;
    }

    public static void main(String[] arguments) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-512");
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            byte[] key = Arrays.copyOf(sha.digest(("icmpstream " + i).getBytes(StandardCharsets.US_ASCII)), i % 64 + 1);
            int hash = murmur2(key);
            rows.append(hash).append('\t').append((hash & 0x7fffffff) % 16).append('\n');
        }
        System.out.print(rows);
    }
}
