package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"islet/app/sandbox"
)

func alive(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestWorker_isHardened(t *testing.T) {
	t.Setenv("ISLET_CANARY", "islet-canary")
	leaked, err := syscall.Open("/dev/null", syscall.O_RDONLY, 0) // without O_CLOEXEC, as a careless library does
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(leaked)
	for _, language := range []string{sandbox.Python, sandbox.JavaScript} {
		p := newPool(t, sandbox.Options{})
		if _, code, _ := run(t, p, language, map[string]string{sandbox.Python: addPython, sandbox.JavaScript: addJavaScript}[language], map[string]any{"a": int64(1), "b": int64(2)}); code != "" {
			t.Fatal(code)
		}
		for _, pid := range p.Workers() {
			status := proc(t, pid, "status")
			for _, want := range []string{"NoNewPrivs:\t1", "Seccomp:\t2"} {
				if !strings.Contains(status, want) {
					t.Errorf("%s: the status lacks %q", language, want)
				}
			}
			for _, want := range []string{"Max core file size        0                    0", "Max file size             0                    0", "Max open files            32                   32"} {
				if limits := proc(t, pid, "limits"); !strings.Contains(limits, want) {
					t.Errorf("%s: the limits lack %q:\n%s", language, want, limits)
				}
			}
			if environ := proc(t, pid, "environ"); environ != "" {
				t.Errorf("%s: environment %q", language, environ)
			}
			for line := range strings.Lines(status) {
				if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
					t.Logf("%s: %s", language, strings.TrimSpace(line))
				}
			}
			fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
			if err != nil {
				t.Fatal(err)
			}
			for _, fd := range fds {
				to, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
				if err == nil && !strings.HasPrefix(to, "pipe:") && !strings.HasPrefix(to, "anon_inode:") && !strings.HasPrefix(to, "/sys/fs/cgroup/") {
					t.Errorf("%s: file %s is %s", language, fd.Name(), to)
				}
			}
		}
	}
}

func proc(t *testing.T, pid int, name string) string {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
