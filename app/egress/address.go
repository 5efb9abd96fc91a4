package egress

import "net/netip"

// The networks a user-directed call never reaches, although they look like ordinary unicast addresses.
// IPv6 works the other way round: only global unicast (2000::/3) is let through, minus the tunnels and test nets below.
var notPublic = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // shared; holds 100.100.100.200, the metadata service of Alibaba Cloud
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local; holds 169.254.169.254
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
	"2001::/23",       // protocol assignments; holds Teredo
	"2001:db8::/32",   // documentation
	"2002::/16",       // 6to4 carries an IPv4 address inside
	"3fff::/20",       // documentation
)

var globalUnicast = netip.MustParsePrefix("2000::/3")

// The metadata services of clouds. Nobody's model server lives there, so not even an administrator's endpoint may.
var metadata = prefixes("169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "fd00:ec2::254/128")

func prefixes(texts ...string) []netip.Prefix {
	var ps []netip.Prefix
	for _, t := range texts {
		ps = append(ps, netip.MustParsePrefix(t))
	}
	return ps
}

// Public tells whether a is an address of the public internet: not loopback, private, link-local, shared, reserved,
// multicast, nor any IPv6 form that carries such an IPv4 address inside.
func Public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is6() && !globalUnicast.Contains(a) {
		return false
	}
	return !within(notPublic, a)
}

// Metadata tells whether a is the metadata service of a cloud, in its plain or its mapped form.
func Metadata(a netip.Addr) bool { return within(metadata, a.WithZone("").Unmap()) }

func within(ps []netip.Prefix, a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
