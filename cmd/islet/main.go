// Command islet is the whole product in one file: `islet` serves the UI and the API on http://localhost:8088 from ./data.
//
// main parses flags and environment into a command, and the command runs. Each subcommand is a file; wire.go puts the
// server together.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	_ "time/tzdata" // machines without time zones of their own

	"github.com/alecthomas/kong"

	"islet/app"
	"islet/app/sandbox"
)

// version and commit are stamped by the Makefile.
var (
	version = "dev"
	commit  = ""
)

func main() { os.Exit(start(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// cli is the command line. `islet` alone is `islet serve`.
type cli struct {
	Serve   serveCmd         `cmd:"" default:"withargs" help:"serve the UI and the API (this is what islet does without a command)"`
	User    userCmd          `cmd:"" help:"list, add and rescue the people who sign in"`
	Backup  backupCmd        `cmd:"" help:"write a verified backup file, also while islet serves"`
	Restore restoreCmd       `cmd:"" help:"restore a backup file into an empty folder"`
	Ingest  ingestCmd        `cmd:"" help:"add all documents of a folder to a dataset, also while islet serves"`
	Reindex reindexCmd       `cmd:"" help:"build the search indexes anew from the database"`
	Model   modelCmd         `cmd:"" help:"check model servers"`
	Check   checkCmd         `cmd:"" help:"say whether a Dify app file can be imported, and what of it runs here"`
	Run     runCmd           `cmd:"" help:"run a Dify app file once, without a server"`
	OpenAPI openAPICmd       `cmd:"" name:"openapi" hidden:"" help:"print the OpenAPI document of the console API"`
	Dev     devCmd           `cmd:"" hidden:"" help:"tools for developers"`
	Version kong.VersionFlag `help:"print the version"`
}

// env is what a command may use of the outside world.
type env struct {
	In       io.Reader
	Out, Err io.Writer
	Lang     app.Lang        // in which the command speaks
	Force    <-chan struct{} // closed by a second interrupt: leave at once
}

// say prints one line in the person's language.
func (e *env) say(t app.Text) { fmt.Fprintln(e.Out, t.In(e.Lang)) }

// start is main without the process: it returns the exit code. 0 is success, 1 a refusal or a failure that was explained.
func start(args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) > 0 && args[0] == sandbox.Command {
		return sandbox.Worker(in, out)
	}
	e := &env{In: in, Out: out, Err: errOut, Lang: systemLang(os.Getenv)}
	if err := unknownEnv(os.Environ()); err != nil {
		return e.fail(err)
	}
	ctx, force, stop := interrupts()
	defer stop()
	e.Force = force

	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("islet"), kong.Description("A self-hosted AI application platform in one file."),
		kong.Writers(out, errOut), kong.Exit(func(n int) { code = n }), kong.Vars{"version": versionText()},
		kong.UsageOnError(), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(e))
	if err != nil {
		return e.fail(err)
	}
	k, err := parser.Parse(args)
	if code >= 0 { // --help or --version
		return code
	}
	if err != nil {
		code := e.fail(app.Errorf(app.Invalid, "bad_flag", "%s; see islet --help", "命令行参数有误（%s）；用法见 islet --help", err))
		if len(args) > 0 && (args[0] == "check" || args[0] == "run") {
			return notChecked
		}
		return code
	}
	if err := k.Run(); err != nil {
		return e.leave(err)
	}
	return 0
}

// fail prints why and what to do, and returns the exit code.
func (e *env) fail(err error) int {
	var known *app.Error
	if errors.As(err, &known) && known.Kind != app.Internal {
		fmt.Fprintf(e.Err, "islet: %s\n", known.Text.In(e.Lang))
		return 1
	}
	fmt.Fprintf(e.Err, "islet: %v\n", err)
	return 1
}

// interrupts returns a context that the first interrupt ends, and a channel that the second one closes.
func interrupts() (context.Context, <-chan struct{}, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	sig := make(chan os.Signal, 2)
	signal.Notify(sig, os.Interrupt, syscall.SIGTERM)
	force, quit := make(chan struct{}), make(chan struct{})
	go func() {
		select {
		case <-sig:
			cancel()
		case <-quit:
			return
		}
		select {
		case <-sig:
			close(force)
		case <-quit:
		}
	}()
	return ctx, force, func() { signal.Stop(sig); close(quit); cancel() }
}

// systemLang is the language of the terminal, from LC_ALL, LC_MESSAGES, LANG.
func systemLang(getenv func(string) string) app.Lang {
	for _, k := range []string{"ISLET_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(k); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "zh") {
				return app.Chinese
			}
			return app.English
		}
	}
	return app.English
}

func versionText() string {
	c := commit
	if c == "" {
		if info, ok := debug.ReadBuildInfo(); ok {
			for _, s := range info.Settings {
				if s.Key == "vcs.revision" {
					c = s.Value
				}
			}
		}
	}
	if len(c) > 12 {
		c = c[:12]
	}
	if c == "" {
		return "islet " + version
	}
	return "islet " + version + " (" + c + ")"
}
