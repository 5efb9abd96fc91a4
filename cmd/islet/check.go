package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"islet/app"
	"islet/app/studio"
	"islet/app/studio/dsl"
	"islet/app/workflow/node"
)

// checkCmd is `islet check APP.yml`: what an import would say, without a server, a data directory or anything started. It prints
// one JSON object. The exit code is 0 unless the import would fail (1), or the file cannot be read or the call is wrong (2).
type checkCmd struct {
	File string `arg:"" help:"a Dify app file (.yml)"`
}

// notChecked is the exit code where nothing was checked.
const notChecked = 2

// exit is an error that ends the process with a code of its own. Without a cause everything has been said.
type exit struct {
	code int
	err  error
}

func (x *exit) Error() string {
	if x.err == nil {
		return "failed"
	}
	return x.err.Error()
}

func (x *exit) Unwrap() error { return x.err }

// leave says why a command failed and returns the exit code.
func (e *env) leave(err error) int {
	var x *exit
	if !errors.As(err, &x) {
		return e.fail(err)
	}
	if x.err != nil {
		e.fail(x.err)
	}
	return x.code
}

// Run prints the report.
func (c *checkCmd) Run(e *env) error {
	raw, err := readSome(c.File, dsl.MaxBytes+1)
	if err != nil {
		return &exit{notChecked, app.Errorf(app.Invalid, "file_unreadable", "cannot read %[1]s: %[2]v", "无法读取 %[1]s：%[2]v", c.File, plainCause(err)).Because(err)}
	}
	r := studio.Check(raw, node.Table(node.Deps{}))
	out := json.NewEncoder(e.Out)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(r.In(e.Lang)); err != nil {
		return &exit{notChecked, err}
	}
	if r.Status == dsl.Failed {
		return &exit{code: 1}
	}
	return nil
}

// readSome reads a file up to a limit: what is longer is refused by who reads the text.
func readSome(path string, limit int64) (raw []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(io.LimitReader(f, limit))
}

// plainCause is why a file could not be opened, without the path that the sentence names already.
func plainCause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
