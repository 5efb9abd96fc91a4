package backup

import (
	"archive/tar"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Entry is one member of a forged archive.
type Entry struct {
	Header tar.Header
	Body   []byte
}

// Forge writes an archive whose seal is right, whatever its members are.
func Forge(w io.Writer, entries []Entry) error {
	seal := newSealWriter(w)
	z, err := zstd.NewWriter(seal)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	for _, e := range entries {
		h := e.Header
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(e.Body))
		}
		_, err := t.Write(nil)
		if err := errors.Join(err, t.WriteHeader(&h)); err != nil {
			return err
		}
		if _, err := t.Write(e.Body); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close(), seal.seal())
}

// Encode is a manifest as the archive holds it.
func (m *Manifest) Encode() []byte { return m.encode() }
