package hnsw

import (
	"encoding/binary"
	"hash/crc32"
)

// What the tests of the kernels compare.
var (
	PlainDot, RowsDot    = plainDot, rowsDot
	PlainL2, RowsL2      = plainL2, rowsL2
	PlainWiden, WidenRow = plainWiden, widenRow
	KernelName           = kernelName
)

// PlainCodes and RowsCodes take codes of a query as int16, padded with zeros to width.
func PlainCodes(q []int16, table [][]uint8, ids []uint32, stride, meta int, a, b, c float32, out []float32) {
	plainInt8(codeQuery(q, a, b, c), table, ids, stride, len(q), meta, out)
}

func RowsCodes(q []int16, table [][]uint8, ids []uint32, stride, meta int, a, b, c float32, out []float32) {
	rowsInt8(codeQuery(q, a, b, c), table, ids, stride, len(q), meta, out)
}

func codeQuery(q []int16, a, b, c float32) *query {
	var sum int32
	for _, x := range q {
		sum += int32(x)
	}
	return &query{i16: q, sum: 128 * sum, a: a, b: b, c: c}
}

// SealHeader writes the checksum of the header again.
func SealHeader(b []byte) {
	h := b[:headerSize]
	putSum(h[headerSize-4:], h[:headerSize-4])
}

// HeaderSize is where the sections begin.
const HeaderSize = headerSize

// SealSection writes the checksum of the frame at from with a payload of the given length again.
func SealSection(b []byte, from, length int) {
	putSum(b[from+12+length:], b[from:from+12+length])
}

func putSum(at, over []byte) {
	sum := crc32.Checksum(over, castagnoli)
	binary.LittleEndian.PutUint32(at, sum)
}
