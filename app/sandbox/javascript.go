package sandbox

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"modernc.org/quickjs"
)

// javaScriptHarness evaluates to a function of the function that prints.
//
//go:embed harness.js
var javaScriptHarness string

// javaScript runs each program in an engine of its own.
type javaScript struct{ setup setup }

func (j *javaScript) prepare() error { return nil }

func (j *javaScript) run(raw []byte) (a answer) {
	var job job
	if err := json.Unmarshal(raw, &job); err != nil {
		return failed(frameFailed, err.Error())
	}
	vm, err := quickjs.NewVM()
	if err != nil {
		return failed(frameMemory, "")
	}
	defer func() { _ = vm.Close() }() // nothing is left to lose
	defer func() {
		switch r := recover().(type) {
		case nil:
		case tooLarge:
			a = r.answer()
		default:
			panic(r)
		}
	}()
	vm.SetMemoryLimit(uintptr(j.setup.Memory))
	vm.SetCanBlock(false)
	vm.SetModuleLoader(noModules, nil)
	printed := &bounded{limit: j.setup.Output}
	text, err := j.main(vm, job, printed)
	if err != nil {
		return thrown(err, job.Source)
	}
	if len(text) > j.setup.Output {
		return tooLarge{j.setup.Output}.answer()
	}
	if text[0] != frameValue {
		return failed(text[0], text[1:])
	}
	return answer{kind: frameValue, text: []byte(text[1:]), printed: string(printed.buf)}
}

// main runs the program and its main. What comes back is the kind of the answer and its text.
func (j *javaScript) main(vm *quickjs.VM, job job, printed *bounded) (string, error) {
	const printer = "__islet_print"
	err := vm.RegisterHostFunc(printer, func(args []any) (any, error) {
		_, err := fmt.Fprint(printed, args...)
		return nil, err
	})
	if err != nil {
		return "", err
	}
	harness, err := vm.EvalValue("((f) => { delete globalThis."+printer+"; return ("+javaScriptHarness+")(f) })("+printer+")", quickjs.EvalGlobal)
	if err != nil {
		return "", err
	}
	defer harness.Free()
	if _, err := vm.Eval(job.Source, quickjs.EvalGlobal); err != nil {
		return "", err
	}
	main, err := vm.EvalValue(`typeof main === "function" ? main : undefined`, quickjs.EvalGlobal)
	if err != nil {
		return "", err
	}
	defer main.Free()
	if main.IsUndefined() {
		return string(frameNoMain), nil
	}
	inputs, err := method(vm, harness, "parse", string(job.Inputs))
	if err != nil {
		return "", err
	}
	defer inputs.Free()
	returned, err := main.CallValue(quickjs.UndefinedValue, inputs)
	if err != nil {
		return "", err
	}
	defer returned.Free()
	text, err := words(method(vm, harness, "returned", returned))
	if err != nil || text != "" {
		return text, err
	}
	if _, err := vm.ExecutePendingJobs(); err != nil {
		return "", err
	}
	return words(method(vm, harness, "settled"))
}

// method calls a function of the harness.
func method(vm *quickjs.VM, v quickjs.Value, name string, args ...any) (none quickjs.Value, err error) {
	atom, err := vm.NewAtom(name)
	if err != nil {
		return none, err
	}
	f, err := v.GetPropertyValue(atom)
	if err != nil {
		return none, err
	}
	defer f.Free()
	return f.CallValue(quickjs.UndefinedValue, args...)
}

// words is the text that a function of the harness returned.
func words(v quickjs.Value, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer v.Free()
	text, err := v.Any()
	if err != nil {
		return "", err
	}
	s, ok := text.(string)
	if !ok {
		return "", fmt.Errorf("the harness returned %T", text)
	}
	return s, nil
}

func noModules(_ *quickjs.VM, name string) (string, error) {
	return "", fmt.Errorf("there are no modules here, so not %s either", name)
}

// frame is one line of a stack: the function, the line.
var frame = regexp.MustCompile(`at (\S+) \(<[^>]*>:(\d+)`)

// thrown is the answer to an exception that the program did not catch. Where there is no memory left for an Error, QuickJS throws
// null instead; a program that has no null in it did not throw it itself.
func thrown(err error, source string) answer {
	var e *quickjs.Error
	if !errors.As(err, &e) {
		return failed(frameFailed, err.Error())
	}
	if strings.Contains(e.Message, "out of memory") || strings.TrimSpace(e.Error()) == "null" && !strings.Contains(source, "null") {
		return failed(frameMemory, "")
	}
	lines := []string{strings.TrimSpace(e.Error())}
	for _, m := range frame.FindAllStringSubmatch(e.Stack, 3) {
		lines = append(lines, fmt.Sprintf("line %s in %s", m[2], m[1]))
	}
	return failed(frameFailed, strings.Join(lines, "\n"))
}
