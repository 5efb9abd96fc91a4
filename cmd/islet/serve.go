package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"islet/app"
	"islet/store"
)

// serveCmd is `islet serve`, and `islet` alone.
type serveCmd struct {
	dataFlags
	logFlags
	Addr     string   `help:"address to listen on; :8088 lets other machines in" default:"localhost:8088" env:"ISLET_ADDR"`
	Loopback []uint16 `help:"ports of this machine that HTTP request nodes may call, for services that run beside islet" env:"ISLET_LOOPBACK" placeholder:"PORT"`
}

const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	drainRequests     = 5 * time.Second  // for plain requests after the streams were ended
	drainRuns         = 20 * time.Second // for answers that are still being written
)

// Run serves until the context ends, then shuts down in order: stop accepting, end the streams, let the runs finish,
// return the leases, close the stores. Nothing is created before the port is ours.
func (c *serveCmd) Run(ctx context.Context, e *env) error {
	log := c.logger(e.Err)
	ln, err := listen(c.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }() // the server closes it first
	claim, err := store.Take(c.Data, version)
	if err != nil {
		return err
	}
	defer func() { _ = claim.Release() }()                                                  // dies with the process anyway
	p, err := buildIn(context.WithoutCancel(ctx), claim, log, &world{loopback: c.Loopback}) // a migration is not left half-way
	if err != nil {
		return err
	}
	e.greet(ln, p, log)
	return p.serve(ctx, e, ln, log)
}

// listen takes the port, or names the process that has it.
func listen(addr string) (net.Listener, error) {
	ln, err := net.Listen("tcp", addr)
	if err == nil {
		return ln, nil
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		who := portHolder(addr)
		if who.En == "" {
			who = app.Text{En: "another process", Zh: "另一个进程"}
		}
		return nil, &app.Error{Kind: app.Conflict, Code: "port_in_use", Err: err, Text: app.Text{
			En: fmt.Sprintf("%s is in use by %s; stop it, or choose another port with --addr localhost:8089", addr, who.En),
			Zh: fmt.Sprintf("%s 已被%s占用；请先停止它，或用 --addr localhost:8089 换一个端口", addr, who.Zh),
		}}
	}
	return nil, app.Errorf(app.Invalid, "bad_address", "cannot listen on %s (%s); give --addr as host:port, for example localhost:8088", "无法监听 %s（%s）；请用 --addr 指定 主机:端口，例如 localhost:8088", addr, err).Because(err)
}

// greet prints where to go: the link with the one-time code at a first start, the address otherwise.
func (e *env) greet(ln net.Listener, p *parts, log *slog.Logger) {
	url := "http://" + openHost(ln.Addr())
	if p.setupCode != "" {
		fmt.Fprintf(e.Out, "\n  %s\n  %s/setup?code=%s\n\n", app.Text{En: "First start: open this link to create the owner's account", Zh: "首次启动：请在浏览器打开以下链接创建所有者账号"}.In(e.Lang), url, p.setupCode)
		return
	}
	fmt.Fprintf(e.Out, "\n  islet %s  %s\n\n", version, url)
	log.Debug("listening", "addr", ln.Addr().String())
}

// openHost is the host and port that a browser on this machine can open.
func openHost(a net.Addr) string {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	if t.IP.IsUnspecified() || t.IP.IsLoopback() {
		return fmt.Sprintf("localhost:%d", t.Port)
	}
	return t.String()
}

// serve answers until ctx ends and then takes everything down.
func (p *parts) serve(ctx context.Context, e *env, ln net.Listener, log *slog.Logger) error {
	base, endStreams := context.WithCancelCause(context.WithoutCancel(ctx))
	defer endStreams(nil)
	srv := &http.Server{
		Handler: p.handler, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	p.start() // before the first request: what is running now, a crash left running
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	p.ready.Store(false)
	e.say(app.Text{En: "shutting down; press Ctrl+C again to leave at once", Zh: "正在关闭；再按一次 Ctrl+C 立即退出"})
	endStreams(app.Errorf(app.Unavailable, "server_shutdown", "islet is shutting down; the answer goes on and can be read after the restart", "islet 正在关闭；回答会继续生成，重启后可以查看"))
	return errors.Join(err, p.shutdown(srv, e.Force))
}

// shutdown takes the parts down in the order that loses nothing.
func (p *parts) shutdown(srv *http.Server, force <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainRequests)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		_ = srv.Close() // connections that would not end
	}
	runs, hurry := context.WithTimeout(context.Background(), drainRuns)
	defer hurry()
	go func() {
		select {
		case <-force:
			hurry()
		case <-runs.Done():
		}
	}()
	return p.close(runs)
}
