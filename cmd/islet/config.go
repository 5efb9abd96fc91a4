package main

import (
	"io"
	"log/slog"
	"slices"
	"strings"

	"islet/app"
)

// dataFlags is what every command that touches a data directory takes.
type dataFlags struct {
	Data string `help:"data directory" default:"data" env:"ISLET_DATA" type:"path" placeholder:"DIR"`
}

// logFlags say how the server writes its log.
type logFlags struct {
	LogLevel  string `help:"debug, info, warn or error" default:"info" env:"ISLET_LOG_LEVEL" enum:"debug,info,warn,error"`
	LogFormat string `help:"text or json" default:"text" env:"ISLET_LOG_FORMAT" enum:"text,json"`
}

// logger makes the log that the flags ask for.
func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // one of the enum
	o := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// envKeys are all the variables that islet reads. One that begins like them and is not here is a typing error that would
// otherwise go unnoticed.
var envKeys = []string{"ISLET_ADDR", "ISLET_DATA", "ISLET_LANG", "ISLET_LOG_FORMAT", "ISLET_LOG_LEVEL", "ISLET_LOOPBACK", "ISLET_PASSPHRASE"}

// unknownEnv refuses an environment with an ISLET_ variable that means nothing.
func unknownEnv(environ []string) error {
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if value != "" && strings.HasPrefix(name, "ISLET_") && !slices.Contains(envKeys, name) {
			return app.Errorf(app.Invalid, "unknown_setting", "the environment variable %s means nothing to islet; known are %s", "环境变量 %s 不是 islet 的设置项；可用的有 %s",
				name, strings.Join(envKeys, ", "))
		}
	}
	return nil
}
