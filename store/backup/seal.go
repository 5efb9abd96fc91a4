package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
)

// The seal is a skippable zstd frame, which every decoder passes over, with the SHA-256 of all bytes before it.
const (
	sealMagic = 0x184D2A5B
	sealSize  = 8 + sha256.Size
)

var sealHead = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, sealMagic), sha256.Size)

// sealWriter passes bytes on and remembers their sum.
type sealWriter struct {
	w   io.Writer
	sum hash.Hash
}

func newSealWriter(w io.Writer) *sealWriter { return &sealWriter{w: w, sum: sha256.New()} }

func (s *sealWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.sum.Write(p[:n])
	return n, err
}

// seal writes the seal.
func (s *sealWriter) seal() error {
	_, err := s.w.Write(s.sum.Sum(bytes.Clone(sealHead)))
	return err
}

// errSeal is what a sealReader returns instead of io.EOF where the seal is missing or wrong.
var errSeal = errors.New("the checksum at the end does not match")

// sealReader passes on what lies before the seal and checks the seal at the end.
type sealReader struct {
	r    io.Reader
	sum  hash.Hash
	buf  []byte
	held []byte // read and not passed on: a part of buf
	end  error  // of r
}

func newSealReader(r io.Reader) *sealReader {
	return &sealReader{r: r, sum: sha256.New(), buf: make([]byte, 128<<10)}
}

// Read holds back the last bytes, because they are the seal.
func (s *sealReader) Read(p []byte) (int, error) {
	for len(s.held) <= sealSize && s.end == nil {
		k := copy(s.buf, s.held)
		n, err := s.r.Read(s.buf[k:])
		s.held, s.end = s.buf[:k+n], err
	}
	if body := len(s.held) - sealSize; body > 0 {
		n := copy(p, s.held[:body])
		s.sum.Write(p[:n])
		s.held = s.held[n:]
		return n, nil
	}
	if s.end != io.EOF { //nolint:errorlint // readers return io.EOF itself
		return 0, s.end
	}
	if !bytes.Equal(s.held, s.sum.Sum(bytes.Clone(sealHead))) {
		return 0, errSeal
	}
	return 0, io.EOF
}
