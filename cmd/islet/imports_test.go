package main

import (
	gobuild "go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers are the packages from the bottom up: a package imports only from the layers below its own.
var layers = [][]string{
	{"app", "assets", "app/egress", "app/knowledge/extract", "app/value", "vector/hnsw", "vector/text", "app/model/builtin/tokenizer"},
	{"store", "store/kv", "vector", "app/knowledge/split", "app/model/builtin/encoder", "app/workflow", "app/jinja", "app/sandbox", "app/tool/calc", "app/tool/chart", "app/tool/office", "app/sandbox/python/pack", "web/route"},
	{"store/backup", "app/account", "app/job", "app/model", "app/model/modeltest", "app/run", "app/tool", "app/studio/dsl", "app/studio/gallery", "app/model/builtin/pack", "web/frame"},
	{"app/model/provider", "app/model/builtin", "app/tool/openapi", "app/studio", "app/knowledge", "app/annotation", "app/draft", "app/speech"},
	{"app/model/probe", "app/workflow/node", "app/chat", "app/tool/toolbox"},
	{"app/flow"},
	{"app/batch"},
	{"web/console", "web/hook", "web/service", "web/site"},
	{"web"},
	{"cmd/islet"},
}

// leaves may be imported although they stand in the same layer.
var leaves = []string{"app", "app/value"}

func TestImports_goDownOnly(t *testing.T) {
	for _, dir := range packages(t) {
		own := layerOf(dir)
		if own < 0 {
			t.Errorf("package %s is in no layer: add it to the table", dir)
			continue
		}
		p, err := gobuild.ImportDir(filepath.Join("../..", dir), 0)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		for _, imp := range p.Imports {
			name, ours := strings.CutPrefix(imp, "islet/")
			if ours && layerOf(name) >= own && !slices.Contains(leaves, name) {
				t.Errorf("%s (layer %d) imports %s (layer %d)", dir, own, name, layerOf(name))
			}
		}
	}
}

// TestOutgoing_onlyEgressMakesConnections keeps the one door out the only one.
func TestOutgoing_onlyEgressMakesConnections(t *testing.T) {
	for _, dir := range packages(t) {
		if dir == "app/egress" || dir == "app/model/modeltest" {
			continue
		}
		p, err := gobuild.ImportDir(filepath.Join("../..", dir), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.GoFiles {
			src := read(t, filepath.Join("../..", dir, f))
			for _, word := range []string{"http.DefaultClient", "&http.Client{", "http.Client{}", "net.Dialer{", "net.Dial(", "http.Get(", "http.Post("} {
				if strings.Contains(src, word) {
					t.Errorf("%s/%s makes a connection with %s; ask app/egress", dir, f, word)
				}
			}
		}
	}
}

func layerOf(dir string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, dir) })
}

// packages are the folders of this repository that hold Go files.
func packages(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2) {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			dir, err := filepath.Rel("../..", filepath.Dir(path))
			if err != nil {
				return err
			}
			if dir = filepath.ToSlash(dir); !slices.Contains(out, dir) {
				out = append(out, dir)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
