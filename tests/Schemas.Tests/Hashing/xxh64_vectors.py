"""Prints xxh64-vectors.tsv with the reference implementation, libxxhash (Debian package libxxhash0, 0.8.1): seed, length, hash.

The data of length n are the bytes (i * 131 + i // 7) & 255 for i = 0 to n - 1.
"""
import ctypes

library = ctypes.CDLL("libxxhash.so.0")
library.XXH64.restype = ctypes.c_uint64
library.XXH64.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
for seed in (0, 1, 0x9E3779B185EBCA87):
    for length in [*range(0, 130), 255, 256, 1472, 8972, 65535]:
        data = bytes((i * 131 + i // 7) & 255 for i in range(length))
        print(f"{seed}\t{length}\t{library.XXH64(data, length, seed):016x}")
