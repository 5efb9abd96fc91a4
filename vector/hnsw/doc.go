// Package hnsw finds the vectors closest to a vector.
//
// It is the graph of Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable
// Small World graphs" (arXiv 1603.09320): every vector has links to near ones that lie in different directions, some vectors
// also stand on sparser levels above, and a search goes down the levels greedily and then follows the links of the best
// candidates on the lowest. What is added to the paper: a filter inside the search, tombstones with a rebuild beside the
// running graph, codes of one byte per dimension, and a scan where a scan is right.
//
// # Memory
//
// A vector has a slot, in the order of insertion. What belongs to slots lies in slabs of 1,024 rows that never move, so growth
// copies nothing and readers need no lock:
//
//	vectors  float32, rounded up to 8 dimensions                          without Int8
//	codes    one byte a dimension, a scale and a squared norm             with Int8
//	links    2M slots on the lowest level, M on each above
//	keys     8 bytes; tombstone and first upper link 4 each; and a map from key to slot, about 20 to 40
//
// Links are read with atomic loads and written with atomic stores under a lock of the slot, so searches run beside inserts and
// inserts beside each other. From the second chunk on, slabs ask Linux for huge pages: on 100,000 words that is a fifth more
// queries a second. With Int8 the full vectors are in a file, read with ReadAt for the best 2k candidates of a search, or
// with the caller; the page cache holds them as far as memory is free.
//
// # Ways of a search
//
// Nothing deleted and no filter: the walk of the paper. Much allowed (40 % and more, or only tombstones in the way): the same,
// with a beam that ends at the ef-th allowed candidate. Less: a walk that replaces a link to a vector that is not allowed by
// that vector's links, as ACORN does (arXiv 2403.04871), with twice the breadth. Less than 5 %, or so few vectors that it costs
// no more: a scan of what is allowed. A walk that ends without ef allowed candidates is followed by a scan, so k hits are
// found whenever there are k.
//
// # File
//
// A snapshot is little-endian: a header, then sections in this order. Checksums are CRC-32C.
//
//	header   "islhnsw\n", u32 version (1), u32 dims, u8 metric, u8 flags (1 int8, 2 full vectors follow), u16 0, u32 M,
//	         u32 efConstruction, u64 seed, u32 slots, u32 upper rows, u64 entry (0, or level<<32 | slot, plus 1), zeros,
//	         u32 checksum; 72 bytes
//	section  u32 tag, u64 length, payload, u32 checksum of all before it in the section
//	1 keys   u64 for each slot
//	2 dead   u32 for each slot, 1 for a tombstone
//	3 links  2M u32 for each slot, ended by 0xffffffff
//	4 upper  M u32 for each level above the lowest of each slot; levels are a function of seed and slot and not stored
//	5 codes  or 6 vectors: the rows as they are in memory
//	7 full   dims float32 for each slot, if the graph has a file of them
//
// The header fixes the length of the file, and that is compared before memory is asked for; links are checked to stay inside.
// One goroutine that makes the same calls with the same seed makes the same file, byte for byte, on the same kind of processor
// (the order in which products are added differs between kernels).
//
// # Figures
//
// One thread of a shared machine with two cores (Xeon with AVX-512 and 480 MB of last-level cache), M 16, efConstruction 200,
// k 10, cosine, ef 64, best of three rounds of 1,000 queries. hnswlib is the source in the npm package hnswlib-node 3.0.0,
// called from C++: compiled as npm does it (no flags for the processor, so SSE), with -mavx2 -mfma, and with -march=native
// (AVX-512). Between runs of the same program, figures differ by up to a fifth.
//
//	                      float32      int8    npm   avx2 native  coder/hnsw 0.6.1
//	words 100,000 x 100
//	  recall@10             0.966     0.966  0.965  0.965  0.965  0.07
//	  queries/s            14,100    12,600 11,200 14,300 13,300
//	  build, s               17.5      16.2   22.6   18.3   19.6
//	  bytes/vector            587       283    675    675    675
//	clustered 50,000 x 384
//	  recall@10             1.000     1.000  1.000  1.000  1.000  0.07
//	  queries/s             6,500     9,400  4,900  6,100  7,900
//	  build, s               23.8      12.2   30.8   26.6   22.5
//	  bytes/vector          1,707       571  1,841  1,841  1,841
//	clustered 20,000 x 1,024
//	  recall@10             1.000     1.000  1.000  1.000  1.000  0.13
//	  queries/s             4,000     7,400  3,200  3,900  4,500
//	  build, s               15.9       6.6   19.9   17.5   14.5
//	  bytes/vector          4,272     1,216  4,485  4,487  4,486
//
// # MILLION
//
// arm64 has kernels for NEON, which were run under emulation only: right, but never timed.
package hnsw
