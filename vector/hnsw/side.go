package hnsw

import (
	"os"
	"unsafe"
)

// side is the file of full vectors of a graph with Int8: slot after slot, as they lie in memory. It is a cache of what the
// snapshot or the caller also has, so nothing syncs it.
type side struct {
	file *os.File
	size int64 // bytes of a vector
	path string
}

// newSide makes the file and takes its name away at once where the system lets it, so that a crash leaves nothing behind.
func newSide(dir string, dims int) (*side, error) {
	f, err := os.CreateTemp(dir, "vectors-*.tmp")
	if err != nil {
		return nil, err
	}
	s := &side{file: f, size: int64(dims) * 4, path: f.Name()}
	if os.Remove(s.path) == nil {
		s.path = ""
	}
	return s, nil
}

func (s *side) write(slot uint32, v []float32) error {
	_, err := s.file.WriteAt(floatBytes(v), int64(slot)*s.size)
	return err
}

func (s *side) read(slot uint32, v []float32) error {
	_, err := s.file.ReadAt(floatBytes(v), int64(slot)*s.size)
	return err
}

// close may be called on nil. A file that nobody closes is closed when the garbage collector finds it.
func (s *side) close() error {
	if s == nil {
		return nil
	}
	err := s.file.Close()
	if s.path != "" {
		_ = os.Remove(s.path) // best effort: the name says what it is
	}
	return err
}

// floatBytes is the memory of v. All systems islet runs on are little-endian.
func floatBytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*4)
}
