package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"islet/app"
)

// portHolder names the process that listens on addr's port, as far as /proc tells this user; empty where it does not.
func portHolder(addr string) app.Text {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return app.Text{}
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return app.Text{}
	}
	inode := listeningInode(n)
	if inode == "" {
		return app.Text{}
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is right
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && to == "socket:["+inode+"]" {
			pid := strings.Split(l, "/")[2]
			name, _ := os.ReadFile("/proc/" + pid + "/comm") // may have ended meanwhile
			return app.Textf("%s (process %s)", " %s（进程 %s）", strings.TrimSpace(string(name)), pid)
		}
	}
	return app.Text{}
}

// listeningInode finds the socket that listens on a TCP port.
func listeningInode(port int) string {
	want := fmt.Sprintf(":%04X", port)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		defer func() { _ = f.Close() }() // read only
		for s := bufio.NewScanner(f); s.Scan(); {
			// sl local_address rem_address st … inode is the tenth column; state 0A is LISTEN
			c := strings.Fields(s.Text())
			if len(c) > 9 && strings.HasSuffix(c[1], want) && c[3] == "0A" {
				return c[9]
			}
		}
	}
	return ""
}
