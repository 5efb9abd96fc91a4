package sandbox

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// system gives Python the system calls of WASI. Two are our own: the one in which the interpreter waits for its next
// program, and sleeping, which wazero does not know up to a point in time, as Python asks for it.
func system(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder(wasi_snapshot_preview1.ModuleName)
	wasi_snapshot_preview1.NewFunctionExporter().ExportFunctions(b)
	result := []api.ValueType{api.ValueTypeI32}
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(schedYield), nil, result).Export("sched_yield")
	four := []api.ValueType{api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32, api.ValueTypeI32}
	b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(pollOneoff), four, result).Export("poll_oneoff")
	_, err := b.Instantiate(ctx)
	return err
}

func schedYield(ctx context.Context, m api.Module, stack []uint64) {
	stack[0] = 0
	if i, ok := ctx.Value(interpreterKey{}).(*interpreter); ok {
		i.yield(ctx, m)
	}
}

const (
	errnoInvalid      = 28
	errnoNotSupported = 58
	subscriptionSize  = 48
	eventSize         = 32
	maxSubscriptions  = 1024
)

// pollOneoff sleeps until the first of the clocks that are subscribed to. There is nothing else to wait for.
func pollOneoff(_ context.Context, m api.Module, stack []uint64) {
	in, out, n, count := uint32(stack[0]), uint32(stack[1]), uint32(stack[2]), uint32(stack[3])
	stack[0] = errnoInvalid
	if n == 0 || n > maxSubscriptions {
		return
	}
	subs, ok1 := m.Memory().Read(in, n*subscriptionSize)
	events, ok2 := m.Memory().Read(out, n*eventSize)
	if !ok1 || !ok2 || !m.Memory().WriteUint32Le(count, n) {
		return
	}
	var wait time.Duration = 1<<63 - 1
	answers := make([]byte, 0, len(events)) // apart, because the program may have put both at one place
	for s := subs; len(s) > 0; s = s[subscriptionSize:] {
		e := make([]byte, eventSize)
		copy(e, s[:8])
		e[10] = s[8]
		if clock := s[8] == 0; clock {
			wait = min(wait, until(s))
		} else {
			e[8], wait = errnoNotSupported, 0
		}
		answers = append(answers, e...)
	}
	copy(events, answers)
	time.Sleep(wait)
	stack[0] = 0
}

// until is how long it is to the time of a subscription to a clock.
func until(sub []byte) time.Duration {
	at := time.Duration(min(binary.LittleEndian.Uint64(sub[24:]), 1<<62))
	switch absolute := sub[40]&1 != 0; {
	case !absolute:
		return at
	case binary.LittleEndian.Uint32(sub[16:]) == 0: // the clock of the wall
		return at - time.Duration(time.Now().UnixNano())
	}
	return at - time.Duration(nanotime())
}

var started = time.Now()

func nanotime() int64 { return int64(time.Since(started)) }
