package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFiles_areShort keeps every source file readable at a sitting.
func TestFiles_areShort(t *testing.T) {
	for _, dir := range packages(t) {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			n := 0
			for s := bufio.NewScanner(strings.NewReader(read(t, f))); s.Scan(); n++ {
			}
			if n > 600 {
				t.Errorf("%s has %d lines; 600 is the limit", f, n)
			}
		}
	}
}
