package sandbox_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"islet/app/sandbox"
)

// exhausts are programs that want too much, and the codes with which they may end.
var exhausts = []struct{ name, language, source, codes string }{
	{"loop", "python3", "def main():\n    while True: pass", "code_timeout"},
	{"loop at top", "python3", "while True: pass", "code_timeout"},
	{"stubborn loop", "python3", "def main():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass", "code_timeout"},
	{"sleep", "python3", "import time\ndef main():\n    time.sleep(3600)", "code_timeout"},
	{"regex", "python3", "import re\ndef main():\n    return {'a': bool(re.match(r'(a+)+$', 'a' * 40 + 'b'))}", "code_timeout"},
	{"power", "python3", "def main():\n    return {'a': len(str(10 ** (10 ** 9)))}", "code_timeout code_memory code_failed"},
	{"2^40 string", "python3", "def main():\n    return {'a': 'x' * 2 ** 40}", "code_memory"},
	{"2^40 list", "python3", "def main():\n    return {'a': [0] * 2 ** 40}", "code_memory"},
	{"2^31 bytes", "python3", "def main():\n    return {'a': len(bytearray(2 ** 31 - 1))}", "code_memory"},
	{"doubling", "python3", "def main():\n    a = [0]\n    while True: a += a", "code_memory code_timeout"},
	{"hoarding", "python3", "def main():\n    a = []\n    while True: a.append('x' * 1000 + str(len(a)))", "code_memory code_timeout"},
	{"generator", "python3", "def main():\n    return {'a': list(iter(int, 1))}", "code_memory code_timeout"},
	{"recursion", "python3", "def main():\n    return main()", "code_failed"},
	{"deep recursion", "python3", "import sys\ndef f(n): return f(n + 1)\ndef main():\n    sys.setrecursionlimit(10 ** 9)\n    return f(0)", "code_failed code_memory code_timeout"},
	{"native recursion", "python3", "class A:\n    def __repr__(self): return repr(self)\nimport sys\ndef main():\n    sys.setrecursionlimit(10 ** 9)\n    return {'a': repr(A())}", "code_failed code_memory code_timeout"},
	{"deep source", "python3", "def main():\n    return {'a': eval('(' * 5000 + ')' * 5000)}", "code_failed code_memory"},
	{"print 100 MB", "python3", "def main():\n    for _ in range(100): print('x' * (1 << 20))\n    return {}", "code_output_too_large"},
	{"print for ever", "python3", "def main():\n    while True:\n        try:\n            print('x' * 100000)\n        except BaseException: pass", "code_output_too_large"},
	{"write to stderr", "python3", "import os\ndef main():\n    while True: os.write(2, b'x' * 100000)", "code_output_too_large"},
	{"1e6 keys", "python3", "def main():\n    return {str(i): i for i in range(10 ** 6)}", "code_output_too_large code_memory code_timeout"},
	{"depth", "python3", "def main():\n    a = []\n    for _ in range(10000): a = [a]\n    return {'a': a}", "code_result_invalid"},
	{"depth 1500", "python3", "import sys\nsys.setrecursionlimit(10 ** 6)\ndef main():\n    a = []\n    for _ in range(1500): a = [a]\n    return {'a': a}", "code_result_invalid"},
	{"nan", "python3", "def main():\n    return {'a': float('nan')}", "code_result_invalid"},
	{"infinity", "python3", "def main():\n    return {'a': [1, {'b': float('-inf')}]}", "code_result_invalid"},
	{"cycle", "python3", "def main():\n    a = {}\n    a['a'] = a\n    return a", "code_result_invalid"},
	{"set", "python3", "def main():\n    return {'a': {1}}", "code_result_invalid"},
	{"bytes", "python3", "def main():\n    return {'a': b'x'}", "code_result_invalid"},
	{"datetime", "python3", "import datetime\ndef main():\n    return {'a': datetime.datetime.now()}", "code_result_invalid"},
	{"decimal", "python3", "from decimal import Decimal\ndef main():\n    return {'a': Decimal(1)}", "code_result_invalid"},
	{"tuple key", "python3", "def main():\n    return {(1, 2): 1}", "code_result_invalid"},
	{"list", "python3", "def main():\n    return [1]", "code_result_invalid"},
	{"nothing", "python3", "def main():\n    pass", "code_result_invalid"},
	{"coroutine", "python3", "async def main():\n    return {}", "code_result_invalid"},
	{"no main", "python3", "def mian(): pass", "code_no_main"},
	{"syntax", "python3", "def main(:", "code_failed"},
	{"null byte", "python3", "def main():\n    return {}\x00", "code_failed"},
	{"exit", "python3", "import sys\ndef main():\n    sys.exit(0)", "code_failed"},
	{"abort", "python3", "import os\ndef main():\n    os.abort()", "code_failed"},
	{"zip bomb", "python3", "import zlib\ndef main():\n    z = zlib.compress(bytes(50 << 20), 9)\n    return {'a': len(b''.join(zlib.decompress(z) for _ in range(10)))}", "code_memory code_timeout"},
	{"long error", "python3", "def main():\n    raise ValueError('x' * 10 ** 6)", "code_failed"},

	{"loop", "javascript", "const main = () => { for (;;); }", "code_timeout"},
	{"loop at top", "javascript", "for (;;);", "code_timeout"},
	{"stubborn loop", "javascript", "const main = () => { for (;;) try { for (;;); } catch {} }", "code_timeout"},
	{"job loop", "javascript", "const f = async () => { for (;;) await 0; }; const main = () => f()", "code_timeout code_failed code_result_invalid"},
	{"regex", "javascript", "const main = () => ({a: /^(a+)+$/.test('a'.repeat(40) + 'b')})", "code_timeout code_failed code_memory"},
	{"2^40 string", "javascript", "const main = () => ({a: 'x'.repeat(2 ** 40)})", "code_failed code_memory"},
	{"2^40 array", "javascript", "const main = () => ({a: new Array(2 ** 32 - 1).fill(0)})", "code_memory code_timeout"},
	{"buffer", "javascript", "const main = () => ({a: new ArrayBuffer(2 ** 40).byteLength})", "code_memory code_failed"},
	{"doubling", "javascript", "const main = () => { let a = 'xy'; for (;;) a += a; }", "code_memory code_failed code_timeout"},
	{"hoarding", "javascript", "const main = () => { const a = []; for (;;) a.push({n: a.length}); }", "code_memory code_timeout"},
	{"stubborn hoard", "javascript", "const a = []; const main = () => { for (;;) try { for (;;) a.push(new Uint8Array(1 << 20)); } catch {} }", "code_memory code_timeout"},
	{"recursion", "javascript", "const main = () => main()", "code_failed"},
	{"native recursion", "javascript", "const main = () => [1].map(main)", "code_failed"},
	{"deep source", "javascript", "const main = () => ({a: eval('['.repeat(100000) + ']'.repeat(100000))})", "code_failed"},
	{"print 100 MB", "javascript", "const main = () => { for (let i = 0; i < 100; i++) console.log('x'.repeat(1 << 20)); return {} }", "code_output_too_large"},
	{"print for ever", "javascript", "const main = () => { for (;;) try { console.log('x'.repeat(1e5)) } catch {} }", "code_output_too_large"},
	{"1e6 keys", "javascript", "const main = () => { const o = {}; for (let i = 0; i < 1e6; i++) o['k' + i] = i; return o }", "code_output_too_large code_memory code_timeout"},
	{"depth", "javascript", "const main = () => { let a = []; for (let i = 0; i < 10000; i++) a = [a]; return {a} }", "code_result_invalid"},
	{"nan", "javascript", "const main = () => ({a: NaN})", "code_result_invalid"},
	{"infinity", "javascript", "const main = () => ({a: [-Infinity]})", "code_result_invalid"},
	{"cycle", "javascript", "const main = () => { const a = {}; a.a = a; return a }", "code_result_invalid"},
	{"bigint", "javascript", "const main = () => ({a: 1n})", "code_result_invalid"},
	{"array", "javascript", "const main = () => [1]", "code_result_invalid"},
	{"nothing", "javascript", "const main = () => {}", "code_result_invalid"},
	{"no main", "javascript", "const mian = 1", "code_no_main"},
	{"syntax", "javascript", "function main( {", "code_failed"},
	{"throw string", "javascript", "const main = () => { throw 'x' }", "code_failed"},
	{"throw null", "javascript", "const main = () => { throw null }", "code_failed"},
	{"long error", "javascript", "const main = () => { throw new Error('x'.repeat(1e6)) }", "code_failed"},

	{"other", "ruby", "puts 1", "language_unknown"},
}

func TestExhaustion_endsInTimeWithTheRightCode(t *testing.T) {
	// What ends at the time limit gets a short one; the rest may take its time on a busy machine.
	hasty := newPool(t, sandbox.Options{Workers: 1, Limits: sandbox.Limits{Time: time.Second / 2}})
	patient := newPool(t, sandbox.Options{Workers: 1})
	before := heap()
	for _, x := range exhausts {
		t.Run(x.language+"/"+x.name, func(t *testing.T) {
			p, limit := patient, 10*time.Second
			if strings.Contains(x.codes, "code_timeout") {
				p, limit = hasty, time.Second/2
			}
			if x.language == sandbox.Python { // the limit is on the program, not on starting a worker
				if err := p.Warm(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			start := time.Now()
			said, code, _ := run(t, p, x.language, x.source, nil)
			took := time.Since(start)
			if !strings.Contains(" "+x.codes+" ", " "+code+" ") || code == "" {
				t.Errorf("got code %q, want %q: %s", code, x.codes, said[:min(len(said), 500)])
			}
			if most := limit + time.Second; took > most {
				t.Errorf("ended after %v, want at most %v", took, most)
			}
			if len(said) > 2200 {
				t.Errorf("the sentence has %d bytes", len(said))
			}
		})
	}
	if grown := heap() - before; grown > 50<<20 {
		t.Errorf("this process grew by %d MB", grown>>20)
	}
	for _, language := range []string{sandbox.Python, sandbox.JavaScript} {
		source := map[string]string{sandbox.Python: "def main(): return {'a': 1}", sandbox.JavaScript: "const main = () => ({a: 1})"}[language]
		for _, p := range []*sandbox.Pool{hasty, patient} {
			if got, _, _ := run(t, p, language, source, nil); got != `{"a":1}` {
				t.Errorf("afterwards %s gives %s", language, got)
			}
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

func TestOutput_isKeptApart(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for language, source := range map[string]string{
		sandbox.Python:     "import sys\nprint('top')\ndef main(n):\n    print('{\"a\": 2}', n, '中')\n    sys.stderr.write('err\\n')\n    return {'a': n, 'f': 1.0}",
		sandbox.JavaScript: "console.log('top'); const main = ({n}) => { console.log('{\"a\": 2}', n, '中'); console.error('err'); return {a: n, f: 1.5} }",
	} {
		r, err := p.Run(t.Context(), sandbox.Code{Language: language, Source: source, Inputs: map[string]any{"n": int64(7)}})
		if err != nil {
			t.Fatal(err)
		}
		if want := "top\n{\"a\": 2} 7 中\nerr\n"; r.Stdout != want {
			t.Errorf("%s printed %q, want %q", language, r.Stdout, want)
		}
	}
}

func TestErrors_nameTheLine(t *testing.T) {
	p := newPool(t, sandbox.Options{})
	for _, x := range []struct{ language, source, want string }{
		{sandbox.Python, "def f(a):\n    return 1 / a\n\ndef main():\n    return f(0)", "ZeroDivisionError: division by zero\nline 2 in f: return 1 / a\nline 5 in main: return f(0)"},
		{sandbox.Python, "x = 1\nretrun 1", "SyntaxError: invalid syntax\nline 2: retrun 1"},
		{sandbox.Python, "import requests", "ModuleNotFoundError: No module named 'requests'\nline 1: import requests"},
		{sandbox.Python, "def main(a): pass", "TypeError: main() missing 1 required positional argument: 'a'"},
		{sandbox.JavaScript, "function f(a) {\n  return a.b.c\n}\nfunction main() {\n  return f({})\n}", "TypeError: cannot read property 'c' of undefined\nline 2 in f\nline 5 in main"},
	} {
		if got, _, _ := run(t, p, x.language, x.source, nil); got != "the code failed: "+x.want {
			t.Errorf("got %q, want %q", got, x.want)
		}
	}
}
