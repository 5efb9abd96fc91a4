package sandbox_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"islet/app"
	"islet/app/sandbox"
	"islet/app/value"
)

// pythonEscapes try to get at what is outside. Each is the body of main(path, folder, port, name, pid) and returns what it got.
var pythonEscapes = map[string]string{
	"open":           `return {"got": open(path).read()}`,
	"open relative":  `return {"got": open("../../../../.." + path).read()}`,
	"io.open":        `import io; return {"got": io.FileIO(path).read().decode()}`,
	"os.open":        `import os; return {"got": os.read(os.open(path, os.O_RDONLY), 99).decode()}`,
	"pathlib":        `import pathlib; return {"got": pathlib.Path(path).read_text(), "home": str(list(pathlib.Path("/").iterdir()))}`,
	"write":          `open(folder + "/made", "w").write("x"); return {}`,
	"mkdir":          `import os; os.makedirs(folder + "/made"); return {}`,
	"unlink":         `import os; os.unlink(path); return {}`,
	"symlink":        `import os; os.symlink(path, "/usr/share/zoneinfo/x"); return {"got": open("/usr/share/zoneinfo/x").read()}`,
	"dots in zones":  `return {"got": open("/usr/share/zoneinfo/../../.." + path).read()}`,
	"fd numbers":     "import os\n    got = []\n    for fd in range(3, 64):\n        try:\n            got.append(os.read(fd, 99).decode())\n        except OSError:\n            pass\n    return {'got': got}",
	"environ":        `import os; return {"got": dict(os.environ), "one": os.getenv(name)}`,
	"proc environ":   `return {"got": open("/proc/self/environ").read()}`,
	"proc parent":    `return {"got": open(f"/proc/{pid}/environ").read()}`,
	"listdir":        `import os; return {"got": os.listdir(folder)}`,
	"listdir root":   `import os; return {"got": os.listdir("/"), "cwd": os.listdir("."), "where": os.getcwd()}`,
	"walk":           `import os; return {"got": [f for _, _, fs in os.walk("/") for f in fs if "canary" in f]}`,
	"socket":         `import socket; s = socket.create_connection(("127.0.0.1", port), 1); s.send(b"x"); return {"got": "sent"}`,
	"raw socket":     `import _socket; s = _socket.socket(); s.connect(("127.0.0.1", port)); return {"got": "sent"}`,
	"urlopen":        `from urllib.request import urlopen; return {"got": urlopen(f"http://127.0.0.1:{port}/").read().decode()}`,
	"file url":       `from urllib.request import urlopen; return {"got": urlopen("file://" + path).read().decode()}`,
	"http.client":    `import http.client; c = http.client.HTTPConnection("127.0.0.1", port); c.request("GET", "/"); return {"got": "sent"}`,
	"subprocess":     `import subprocess; return {"got": subprocess.check_output(["cat", path]).decode()}`,
	"os.system":      `import os; return {"got": os.system("cat " + path)}`,
	"os.popen":       `import os; return {"got": os.popen("cat " + path).read()}`,
	"execv":          `import os; os.execvp("cat", ["cat", path])`,
	"posix_spawn":    `import posix; return {"got": posix.posix_spawn("/bin/cat", ["cat", path], {})}`,
	"fork":           `import os; return {"got": os.fork()}`,
	"ctypes":         `import ctypes; return {"got": ctypes.CDLL(None).getpid()}`,
	"kill":           `import os; os.kill(pid, 9); return {}`,
	"signal":         `import signal; signal.raise_signal(9); return {}`,
	"threads":        `import threading; t = threading.Thread(target=print); t.start(); return {}`,
	"multiprocess":   `import multiprocessing; return {"got": multiprocessing.Pool(1).map(len, ["x"])}`,
	"getattr chain":  "for c in ().__class__.__base__.__subclasses__():\n        if c.__name__ == '_wrap_close':\n            return {'got': c.__init__.__globals__['popen']('cat ' + path).read()}\n    return {}",
	"frames":         "import sys\n    f, seen = sys._getframe(), []\n    while f:\n        seen += list(f.f_locals) + list(f.f_globals)\n        f = f.f_back\n    return {'got': seen}",
	"gc":             "import gc\n    return {'got': [repr(o) for o in gc.get_objects() if isinstance(o, (str, bytes, dict)) and 'islet-canary' in repr(o)][:3]}",
	"importlib":      `import importlib; return {"got": importlib.import_module("o" + "s").read(3, 99).decode()}`,
	"loader":         `from importlib.machinery import SourceFileLoader; return {"got": SourceFileLoader("x", path).load_module().__dict__.get("x")}`,
	"split import":   "m = __builtins__['__im' + 'port__']('o' + 's') if isinstance(__builtins__, dict) else __import__('o' + 's')\n    return {'got': m.popen('cat ' + path).read()}",
	"sqlite":         `import sqlite3; return {"got": sqlite3.connect(folder + "/made").execute("create table t(x)").fetchall()}`,
	"sqlite attach":  `import sqlite3; return {"got": sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("select 1").fetchall()}`,
	"tempfile":       `import tempfile; f = tempfile.NamedTemporaryFile(delete=False); f.write(b"x"); return {"got": f.name}`,
	"report forged":  `import os; os.write(2, b"V{\"got\": 1}"); os.sched_yield(); return {}`,
	"print as value": `print("<<RESULT>>{\"got\": 1}<<RESULT>>"); return {}`,
	"stdin":          `import sys, os; return {"got": sys.stdin.read() + os.read(0, 9).decode()}`,
	"mmap":           `import mmap, os; return {"got": len(mmap.mmap(3, 10))}`,
	"resource":       `import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1)); return {}`,
	"bytecode":       "def f(): pass\n    f.__code__ = f.__code__.replace(co_code=bytes([100, 255] * 8 + [83, 0]))\n    return {'got': str(f())[:20]}",
}

// javaScriptEscapes are the same for JavaScript.
var javaScriptEscapes = map[string]string{
	"Function":         `return {got: Function("return typeof process + typeof require + typeof std + typeof os")()}`,
	"constructor":      `return {got: (() => {}).constructor("return this")().process?.env ?? "none"}`,
	"generator fn":     `return {got: Object.getPrototypeOf(function*(){}).constructor("yield typeof require")().next().value}`,
	"eval":             `return {got: (0, eval)("Object.getOwnPropertyNames(globalThis).filter((k) => /^(std|os|process|require|scriptArgs|load|__)/.test(k))")}`,
	"require":          `return {got: require("fs").readFileSync(path, "utf8")}`,
	"std global":       `return {got: std.loadFile(path)}`,
	"os global":        `return {got: os.readdir(folder)}`,
	"fetch":            `return {got: fetch("http://127.0.0.1:" + port)}`,
	"XMLHttpRequest":   `const x = new XMLHttpRequest(); x.open("GET", "http://127.0.0.1:" + port); x.send(); return {}`,
	"WebSocket":        `return {got: new WebSocket("ws://127.0.0.1:" + port)}`,
	"Worker":           `return {got: new Worker(path)}`,
	"process env":      `return {got: process.env[name]}`,
	"Deno":             `return {got: Deno.readTextFileSync(path)}`,
	"printer":          `return {got: typeof __islet_print, own: Object.getOwnPropertyNames(globalThis).filter((k) => k.includes("islet"))}`,
	"print source":     `return {got: String(console.log), caller: String(main.caller)}`,
	"stack":            `Error.prepareStackTrace = (e, s) => s; return {got: String(new Error().stack)}`,
	"proto pollution":  `Object.prototype.toJSON = () => "polluted"; Object.prototype.kind = "x"; ({}).__proto__.got = 1; return {a: 1}`,
	"array pollution":  `Array.prototype.map = Array.prototype.join = () => "polluted"; console.log("x"); return {a: [1]}`,
	"JSON replaced":    `JSON.stringify = () => "{\"got\": 1}"; JSON.parse = null; return {a: 1}`,
	"Promise replaced": `Promise.prototype.then = () => { throw 1 }; return {a: 1}`,
	"getter result":    `return {get got() { return typeof require }}`,
	"proxy result":     `return new Proxy({a: 1}, {ownKeys() { throw new Error("trap") }})`,
	"wasm":             `return {got: WebAssembly.Module}`,
	"atomics":          `return {got: Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)}`,
	"weakref":          `return {got: typeof new WeakRef({}).deref()}`,
}

// javaScriptAsync cannot be written as the body of a function that is not async.
var javaScriptAsync = map[string]string{
	"import std":   `return {got: (await import("std")).loadFile(path)}`,
	"import os":    `return {got: (await import("os")).readdir(folder)}`,
	"import file":  `return {got: await import(path)}`,
	"import data":  `return {got: await import("data:text/javascript,export default 1")}`,
	"import fetch": `return {got: await import("http://127.0.0.1:" + port)}`,
}

func TestEscapes_reachNothing(t *testing.T) {
	const secret = "islet-canary-4711"
	dir := t.TempDir()
	path := filepath.Join(dir, "canary.txt")
	if err := os.WriteFile(path, []byte(secret), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ISLET_CANARY", secret)
	var hits atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			c.Close()
		}
	}()
	inputs := map[string]any{"path": path, "folder": dir, "port": int64(listener.Addr().(*net.TCPAddr).Port), "name": "ISLET_CANARY", "pid": int64(os.Getpid())}

	p := newPool(t, sandbox.Options{})
	codes := map[string]int{}
	try := func(language, name, source string) {
		t.Run(language+"/"+name, func(t *testing.T) {
			r, err := p.Run(context.Background(), sandbox.Code{Language: language, Source: source, Inputs: inputs})
			said := r.Stdout
			switch {
			case err == nil:
				raw, err := value.Encode(r.Value)
				if err != nil {
					t.Fatal(err)
				}
				said += string(raw)
				codes["ok"]++
			default:
				said += err.Error()
				codes[app.AsError(err).Code]++
				if k := app.KindOf(err); k == app.Internal || k == app.Unavailable {
					t.Errorf("kind %d: %v", k, err)
				}
			}
			t.Log(said[:min(len(said), 200)])
			if strings.Contains(said, secret) {
				t.Errorf("the secret is out: %s", said)
			}
		})
	}
	for name, body := range pythonEscapes {
		try(sandbox.Python, name, "def main(path, folder, port, name, pid):\n    "+body)
	}
	for name, body := range javaScriptEscapes {
		try(sandbox.JavaScript, name, "function main({path, folder, port, name, pid}) {"+body+"}")
	}
	for name, body := range javaScriptAsync {
		try(sandbox.JavaScript, name, "async function main({path, folder, port, name, pid}) {"+body+"}")
	}
	t.Logf("%d programs: %v", len(pythonEscapes)+len(javaScriptEscapes)+len(javaScriptAsync), codes)
	if n := hits.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(path); err != nil || string(raw) != secret || len(files) != 1 {
		t.Errorf("the folder was changed: %q, %d files, %v", raw, len(files), err)
	}
}

// TestPrograms_leaveNothingBehind runs programs that spoil their interpreter and looks with the next one, in the same worker.
func TestPrograms_leaveNothingBehind(t *testing.T) {
	p := newPool(t, sandbox.Options{Workers: 1})
	for name, source := range map[string]string{
		"state":    "import builtins, json, sys, os, random, re, math\ndef main():\n    builtins.left = 'left'\n    json.dumps = json.loads = None\n    sys.modules['left'] = sys\n    os.environ['LEFT'] = 'left'\n    sys.setrecursionlimit(20000)\n    math.pi = 3\n    re.compile = None\n    builtins.len = None\n    random.seed(1)\n    return {}",
		"memory":   "kept = []\ndef main():\n    try:\n        while True: kept.append(bytearray(1 << 20))\n    except MemoryError:\n        return {'n': 1}",
		"files":    "import os\ndef main():\n    for _ in range(50): os.open('/usr/share/zoneinfo/Asia/Shanghai', os.O_RDONLY)\n    return {}",
		"stdout":   "import os\ndef main():\n    os.close(1)\n    return {}",
		"stderr":   "import os\ndef main():\n    os.close(2)\n    return {}",
		"stdin":    "import os\ndef main():\n    os.close(0)\n    return {}",
		"exit":     "import os\ndef main():\n    os._exit(0)",
		"exit 86":  "import os\ndef main():\n    os._exit(86)",
		"yielding": "import os\ndef main():\n    for _ in range(100): os.sched_yield()\n    return {}",
		"crash":    "def main():\n    def f(): pass\n    f.__code__ = f.__code__.replace(co_code=bytes([100, 255] * 8 + [83, 0]))\n    f()",
	} {
		run(t, p, sandbox.Python, source, nil)
		got, _, _ := run(t, p, sandbox.Python, `import builtins, json, math, os, random, re, sys, zoneinfo
def main(x):
    print("seen")
    big = bytearray(64 << 20)
    return {"left": hasattr(builtins, "left") or "left" in sys.modules or "LEFT" in os.environ, "x": x, "limit": sys.getrecursionlimit(),
        "pi": math.pi > 3, "json": json.loads(json.dumps([1])), "len": len(big), "zone": str(zoneinfo.ZoneInfo("Asia/Shanghai")), "re": bool(re.compile("a").match("a"))}`, map[string]any{"x": int64(1)})
		if want := `{"left":false,"x":1,"limit":1000,"pi":true,"json":[1],"len":67108864,"zone":"Asia/Shanghai","re":true}`; got != want {
			t.Errorf("after %s: got %s, want %s", name, got, want)
		}
	}
	const dice = "import random, uuid\ndef main(): return {'n': random.random(), 'u': str(uuid.uuid4()), 'h': hash('x')}"
	a, _, _ := run(t, p, sandbox.Python, dice, nil)
	b, _, _ := run(t, p, sandbox.Python, dice, nil)
	if a == b {
		t.Errorf("random numbers come again: %s", a)
	}
	run(t, p, sandbox.JavaScript, "globalThis.left = 1; Object.prototype.left = 1; const main = () => ({})", nil)
	if got, _, _ := run(t, p, sandbox.JavaScript, "const main = () => ({left: typeof left, own: typeof ({}).left})", nil); got != `{"left":"undefined","own":"undefined"}` {
		t.Errorf("JavaScript: %s", got)
	}
}
