package egress

import (
	"net/netip"
	"strconv"
	"strings"

	"islet/app"
)

// Rule opens one private network or one host, and one port of it unless Port is 0, to user-directed calls.
// Loopback, link-local and metadata addresses stay closed whatever the rules say.
type Rule struct {
	Prefix netip.Prefix
	Host   string // lower case; instead of Prefix. It opens whatever the name stands for when it is called
	Port   uint16
}

// opens tells whether the rule lets a connection to a, which host was resolved to, through.
func (r *Rule) opens(host string, a netip.Addr, port uint16) bool {
	if r.Port != 0 && r.Port != port {
		return false
	}
	if r.Host != "" {
		return r.Host == host
	}
	return r.Prefix.Contains(a)
}

// String is the rule as ParseRules reads it.
func (r Rule) String() string {
	if r.Host != "" {
		return r.Host + r.suffix()
	}
	s := r.Prefix.String()
	if r.Prefix.IsSingleIP() {
		s = r.Prefix.Addr().String()
	}
	if r.Port != 0 && r.Prefix.Addr().Is6() {
		s = "[" + s + "]"
	}
	return s + r.suffix()
}

func (r *Rule) suffix() string {
	if r.Port == 0 {
		return ""
	}
	return ":" + strconv.Itoa(int(r.Port))
}

// closed are the addresses that no rule opens: this machine itself, and those that mean something else on every link.
func closed(a netip.Addr) bool {
	return a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || Metadata(a)
}

// maxRules is how many rules there may be; each is compared with every new connection.
const maxRules = 200

// ParseRules reads rules as people write them, one each: a network (10.1.0.0/16), an address (192.168.1.20, fd12::1) or the
// name of a host, with a port behind it (10.1.0.0/16:8000, [fd12::1]:8000, wiki.corp:443) or for all ports without. Empty ones
// and repetitions are left out. Its error is Invalid with the code invalid_rule and tells the number of the line.
func ParseRules(lines []string) ([]Rule, error) {
	rules := []Rule{}
	seen := map[Rule]bool{}
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			return nil, app.Errorf(app.Invalid, "invalid_rule", "line %[1]d, %[2]q: %[3]s", "第 %[1]d 行“%[2]s”：%[4]s", i+1, clip(line), err.En, err.Zh)
		}
		if !seen[r] {
			seen[r] = true
			rules = append(rules, r)
		}
	}
	if len(rules) > maxRules {
		return nil, app.Errorf(app.Invalid, "invalid_rule", "there are more than %d rules; join networks that lie side by side", "规则超过 %d 条；请合并相邻的网段", maxRules)
	}
	return rules, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

var (
	ruleForm   = app.Text{En: "this is neither a network, an address nor the name of a host; write for example 10.1.0.0/16:8000, 192.168.1.20 or wiki.corp:443", Zh: "不是网段、地址或主机名；示例：10.1.0.0/16:8000、192.168.1.20、wiki.corp:443"}
	ruleURL    = app.Text{En: "leave out http:// and the path; a rule is only host and port", Zh: "请去掉 http:// 和路径，规则只写主机和端口"}
	rulePort   = app.Text{En: "the port must be a number from 1 to 65535", Zh: "端口应为 1 到 65535 的数字"}
	ruleStar   = app.Text{En: "names with * are not possible; write the network that the hosts are in", Zh: "不支持带 * 的名称；请填写主机所在的网段"}
	ruleBits   = app.Text{En: "the length of a network is 0 to 32 for IPv4 and 0 to 128 for IPv6", Zh: "网段长度：IPv4 为 0 到 32，IPv6 为 0 到 128"}
	ruleClosed = app.Text{En: "this machine itself, link-local and metadata addresses cannot be opened", Zh: "本机地址、链路本地地址和云平台元数据地址不能放行"}
)

func parseRule(s string) (r Rule, bad *app.Text) {
	s = strings.ReplaceAll(s, "：", ":")
	if strings.Contains(s, "://") {
		return r, &ruleURL
	}
	host, port := s, ""
	if _, err := netip.ParseAddr(s); err != nil {
		if _, err := netip.ParsePrefix(s); err != nil {
			host, port = splitPort(s)
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port[1:], 10, 16)
		if err != nil || n == 0 {
			return r, &rulePort
		}
		r.Port = uint16(n)
	}
	if r.Prefix, bad = network(host); bad != nil {
		return Rule{}, bad
	}
	if r.Prefix.IsValid() {
		return r, nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	switch {
	case strings.Contains(host, "*"):
		return Rule{}, &ruleStar
	case host == "localhost" || strings.HasSuffix(host, ".localhost"):
		return Rule{}, &ruleClosed
	case !isName(host):
		return Rule{}, &ruleForm
	}
	r.Host = host
	return r, nil
}

// splitPort cuts the port off, with its colon: of [a]:port, or behind the only colon.
func splitPort(s string) (host, port string) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if k := strings.LastIndexByte(inner, ']'); k >= 0 {
			return inner[:k], inner[k+1:]
		}
		return s, ""
	}
	if k := strings.IndexByte(s, ':'); k >= 0 && strings.Count(s, ":") == 1 { // more are IPv6 without brackets
		return s[:k], s[k:]
	}
	return s, ""
}

// network reads a network or an address; the zero Prefix is something else.
func network(s string) (netip.Prefix, *app.Text) {
	p, err := netip.ParsePrefix(s)
	if a, err2 := netip.ParseAddr(s); err2 == nil && a.Zone() == "" {
		p, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	if err != nil {
		if addr, _, ok := strings.Cut(s, "/"); ok {
			if _, err := netip.ParseAddr(addr); err == nil {
				return p, &ruleBits
			}
			return p, &ruleForm
		}
		return netip.Prefix{}, nil
	}
	p = p.Masked()
	if p.Addr().Is4In6() {
		return p, &ruleForm
	}
	// A network that lies within what is closed opens nothing; a larger one opens the rest.
	if last := lastOf(p); closed(p.Addr()) && closed(last) && p.Bits() > 0 {
		return p, &ruleClosed
	}
	return p, nil
}

// lastOf is the last address of a network.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// isName tells whether s is a host name that cannot be read as an address.
func isName(s string) bool {
	if s == "" || len(s) > 253 || checkName(s) != nil {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
