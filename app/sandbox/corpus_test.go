package sandbox_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"islet/app/sandbox"
	"islet/app/value"
)

var update = flag.Bool("update", false, "write the expected results of the corpus anew, with python3 and node")

// inputs are given to every program of the corpus.
func inputs() map[string]any {
	person := func(name string, age int64, email any, active bool, tags ...any) *value.Object {
		return value.NewObject("name", name, "age", age, "email", email, "active", active, "tags", tags)
	}
	return map[string]any{"text": "Hello 世界 ß 😀", "numbers": []any{int64(3), int64(-1), 2.5, int64(10), int64(4)},
		"people": []any{person("Zoe", 25, "zoe@example.com", true, "x", "y"), person("李雷", 41, nil, false), person("ann", 33, "ann@example.com", true)}}
}

func TestPython_doesWhatCPythonDoes(t *testing.T) {
	corpus(t, sandbox.Python, "testdata/python.txtar", "python3", "-c", `import json, sys
job = json.load(sys.stdin)
out, sys.stdout, sys.stderr = sys.stdout, open("/dev/null", "w"), open("/dev/null", "w")
space = {"__name__": "__main__"}
exec(job["source"], space)
json.dump(space["main"](**job["inputs"]), out, ensure_ascii=False)`)
}

func TestJavaScript_doesWhatNodeDoes(t *testing.T) {
	corpus(t, sandbox.JavaScript, "testdata/javascript.txtar", "node", "-e", `var { source, inputs } = JSON.parse(require("fs").readFileSync(0, "utf8"));
var out = process.stdout;
globalThis.console = { log() {}, error() {}, info() {} };
Promise.resolve((0, eval)(source + "\n;main")(inputs)).then((r) => out.write(JSON.stringify(r)));`)
}

func corpus(t *testing.T, language, path string, oracle ...string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		writeGoldens(t, archive, path, oracle)
	}
	p := newPool(t, sandbox.Options{})
	want := map[string][]byte{}
	for _, f := range archive.Files {
		want[f.Name] = f.Data
	}
	for _, f := range archive.Files {
		name, isResult := strings.CutSuffix(f.Name, ".json")
		if isResult {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r, err := p.Run(context.Background(), sandbox.Code{Language: language, Source: string(f.Data), Inputs: inputs()})
			if err != nil {
				t.Fatal(err)
			}
			got, err := value.Encode(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			if w := bytes.TrimSpace(want[f.Name+".json"]); !bytes.Equal(got, w) {
				t.Errorf("got  %s\nwant %s", got, w)
			}
		})
	}
}

// writeGoldens runs the programs outside the sandbox: they are ours.
func writeGoldens(t *testing.T, archive *txtar.Archive, path string, oracle []string) {
	var files []txtar.File
	for _, f := range archive.Files {
		if filepath.Ext(f.Name) == ".json" {
			continue
		}
		job, err := value.Encode(map[string]any{"source": string(f.Data), "inputs": inputs()})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(oracle[0], oracle[1:]...)
		cmd.Stdin, cmd.Stderr = bytes.NewReader(job), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		v, err := value.Decode(out)
		if err != nil {
			t.Fatalf("%s: %v: %s", f.Name, err, out)
		}
		raw, err := value.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f, txtar.File{Name: f.Name + ".json", Data: append(raw, '\n')})
	}
	archive.Files = files
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
