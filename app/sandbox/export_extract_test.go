package sandbox

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"islet/app/knowledge/extract"
)

// LimitDocuments changes how long a document may take.
func LimitDocuments(d time.Duration) { documentLimits.Time = d }

// The worker of a test has parsers that misbehave, by the name of the document.
func init() { readDocument = misbehave }

var kept [][]byte

func misbehave(r *extract.Reader, name, mime string, data []byte) (string, error) {
	switch name {
	case "loop.txt":
		for { //nolint:staticcheck // it is to spin
		}
	case "hoard.txt":
		for {
			kept = append(kept, []byte(strings.Repeat("x", 1<<20)))
		}
	case "gulp.txt":
		for n := 1 << 30; ; n *= 2 {
			kept = append(kept, []byte(strings.Repeat("x", n)))
		}
	case "recurse.txt":
		return recurse(name), nil
	case "panic.txt":
		panic("as if a parser had a hole")
	case "exit.txt":
		os.Exit(0)
	case "files.txt":
		_, err1 := os.ReadFile("/etc/passwd")
		err2 := os.WriteFile("/tmp/islet-extract", data, 0o600)
		_, err3 := net.Dial("tcp", "127.0.0.1:22")
		err4 := exec.Command("/bin/true").Run()
		return fmt.Sprint(err1 != nil, err2 != nil, err3 != nil, err4 != nil, len(os.Environ())), nil
	case "long.txt":
		return strings.Repeat("x", 30<<20), nil
	}
	return r.Text(name, mime, data)
}

func recurse(s string) string { return recurse(s+"x") + s } //nolint:staticcheck // without end
