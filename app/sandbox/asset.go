package sandbox

import (
	"archive/zip"
	"bytes"
	"embed"
	"io"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

// dist is what python/pack made; in a fresh clone it is empty.
//
//go:embed all:python/dist
var dist embed.FS

// HasPython says whether this build can run Python.
func HasPython() bool {
	_, err := fs.Stat(dist, "python/dist/python.wasm.zst")
	return err == nil
}

// pythonModule is the interpreter as WebAssembly.
func pythonModule() ([]byte, error) {
	packed, err := dist.ReadFile("python/dist/python.wasm.zst")
	if err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(packed, nil)
}

// zones is the time zone database, the only files that Python finds outside itself. Files of an archive cannot seek, which
// Python does, so zones opens them as sections of it: they are stored without compression.
type zones struct {
	*zip.Reader
	archive io.ReaderAt
}

func zoneInfo() (fs.FS, error) {
	raw, err := dist.ReadFile("python/dist/zoneinfo.zip")
	if err != nil {
		return nil, err
	}
	r := bytes.NewReader(raw)
	z, err := zip.NewReader(r, int64(len(raw)))
	if err != nil {
		return nil, err
	}
	return &zones{Reader: z, archive: r}, nil
}

// Open opens a zone or a folder of zones.
func (z *zones) Open(name string) (fs.File, error) {
	for _, f := range z.File {
		if f.Name != name || f.Method != zip.Store {
			continue
		}
		at, err := f.DataOffset()
		if err != nil {
			return nil, err
		}
		return &zone{SectionReader: io.NewSectionReader(z.archive, at, int64(f.UncompressedSize64)), info: f.FileInfo()}, nil
	}
	return z.Reader.Open(name)
}

type zone struct {
	*io.SectionReader
	info fs.FileInfo
}

// Stat describes the zone's file.
func (z *zone) Stat() (fs.FileInfo, error) { return z.info, nil }

// Close does nothing: nothing is open.
func (z *zone) Close() error { return nil }
