package sandbox

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"islet/app"
)

const shownMessage = 2000 // bytes of a program's own error in a sentence

func known(language string) error {
	switch language {
	case JavaScript:
		return nil
	case Python:
		if !HasPython() {
			return app.Errorf(app.Unavailable, "python_missing", "this build has no Python; run make build", "此版本不含 Python，请运行 make build")
		}
		return nil
	}
	return app.Errorf(app.Invalid, "language_unknown", "programs are written in python3 or javascript, not in %q", "代码语言只能是 python3 或 javascript，不能是 %q", language)
}

// failure is the error of an answer that carries no value.
func (a answer) failure() *app.Error {
	text := shown(a.text)
	switch a.kind {
	case frameFailed:
		return app.Errorf(app.Invalid, "code_failed", "the code failed: %s", "代码运行出错：%s", text)
	case frameDenied:
		return app.Errorf(app.Refused, "code_denied", "the code asked for a file, a process or the network, which code has not: %s",
			"代码试图使用文件、进程或网络，这是不允许的：%s", text)
	case frameMemory:
		return memoryFull()
	case frameLarge:
		return app.Errorf(app.Invalid, "code_output_too_large", "the code printed or returned more than %s bytes", "代码的输出或返回值超过 %s 字节", text)
	case frameNoMain:
		return app.Errorf(app.Invalid, "code_no_main", "the code defines no function main", "代码未定义 main 函数")
	case frameResult:
		return resultInvalid(text)
	}
	return unavailable(errors.New("the worker speaks out of turn"))
}

func resultInvalid(why string) *app.Error {
	return app.Errorf(app.Invalid, "code_result_invalid", "what main returned cannot be used: %s", "main 的返回值无法使用：%s", why)
}

func memoryFull() *app.Error {
	return app.Errorf(app.Invalid, "code_memory", "the code used more memory than it may have", "代码使用的内存超出限制")
}

func timedOut(limit time.Duration) *app.Error {
	return app.Errorf(app.Timeout, "code_timeout", "the code ran longer than %v and was stopped", "代码运行超过 %v，已被停止", limit)
}

func canceled(ctx context.Context) *app.Error {
	return app.Errorf(app.Canceled, "canceled", "stopped before the code finished", "代码运行结束前已停止").Because(context.Cause(ctx))
}

func unavailable(err error) *app.Error {
	return app.Errorf(app.Unavailable, "sandbox_unavailable", "the sandbox for code is not working right now; try again, and see the server log if it stays so",
		"代码沙箱暂时无法使用，请重试；若持续出现请查看服务器日志").Because(err)
}

// died is the error of a worker that ended while it ran a program. What it said last tells the program's faults that a
// worker does not survive from ours.
func died(lastWords string, err error) *app.Error {
	switch {
	case strings.Contains(lastWords, "out of memory") || strings.Contains(lastWords, "cannot allocate memory"):
		return memoryFull()
	case strings.Contains(lastWords, "stack overflow"):
		return answer{kind: frameFailed, text: []byte("stack overflow: functions call each other too deep")}.failure()
	}
	return unavailable(err)
}

// shown is a program's message, cut at the front, because the end of a message says most.
func shown(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	if len(s) <= shownMessage {
		return s
	}
	s = s[len(s)-shownMessage:]
	for len(s) > 0 && !utf8.RuneStart(s[0]) {
		s = s[1:]
	}
	return "…" + s
}
