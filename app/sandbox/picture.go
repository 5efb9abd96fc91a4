package sandbox

import "bytes"

// picture is the contents of an instance's memory at one moment, without the parts that are zero.
type picture struct{ pieces []piece }

// piece is a stretch of memory that is not zero throughout.
type piece struct {
	at   int
	data []byte
}

const (
	grain = 4 << 10   // memory is compared and copied in units of this size
	large = 256 << 10 // a gap of zeros from which on new pages from the system are cheaper than writing zeros
)

var zeros [grain]byte

// take takes a picture and leaves the large gaps without pages.
func take(mem []byte) *picture {
	p := &picture{}
	for at := 0; at < len(mem); at += grain {
		page := mem[at : at+grain]
		if bytes.Equal(page, zeros[:]) {
			continue
		}
		if n := len(p.pieces) - 1; n >= 0 && p.pieces[n].at+len(p.pieces[n].data) == at {
			p.pieces[n].data = append(p.pieces[n].data, page...)
			continue
		}
		p.pieces = append(p.pieces, piece{at, bytes.Clone(page)})
	}
	p.restore(mem)
	return p
}

// restore makes the memory what it was, whatever was written to it. Memory that came later becomes zero.
func (p *picture) restore(mem []byte) {
	end := 0
	for _, x := range p.pieces {
		zero(mem[end:x.at])
		for i := 0; i < len(x.data); i += grain {
			is, was := mem[x.at+i:x.at+i+grain], x.data[i:i+grain]
			if !bytes.Equal(is, was) {
				copy(is, was)
			}
		}
		end = x.at + len(x.data)
	}
	zero(mem[end:])
}

func zero(mem []byte) {
	if len(mem) >= large && renew(mem) {
		return
	}
	clear(mem)
}
