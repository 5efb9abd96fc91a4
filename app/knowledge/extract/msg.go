package extract

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The properties of a letter in Outlook's format, by the number in the names of their streams.
const (
	msgSubject    = "0037"
	msgSender     = "0C1A"
	msgAddress    = "0C1F"
	msgTo         = "0E04"
	msgCc         = "0E03"
	msgBody       = "1000"
	msgHTML       = "1013"
	msgAttachment = "3707"
)

const msgStream = "__substg1.0_" // before the number and the type of a property

// readMSG writes a letter of Outlook as readEML does.
func readMSG(b []byte) (string, error) {
	r, err := mscfb.New(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	props := map[string]string{}
	var attachments []string
	size := 0
	for range maxMembers {
		f, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		number, own := msgProperty(f)
		if number == "" {
			continue
		}
		raw, err := io.ReadAll(io.LimitReader(f, maxText))
		if err != nil {
			return "", err
		}
		if size += len(raw); size >= maxUnpacked {
			return "", unsafe("its parts are larger than itself", "其各部分之和大于文件本身")
		}
		s := msgString(f.Name, raw)
		if own {
			props[number] = s
		} else if number == msgAttachment {
			attachments = append(attachments, s)
		}
	}
	if props[msgSubject]+props[msgBody]+props[msgSender] == "" {
		return "", errors.New("no letter inside")
	}
	return writeLetter(props, attachments)
}

// msgProperty is the number of a text property, "" for other streams, and whether it is of the letter itself, not of what
// hangs on it.
func msgProperty(f *mscfb.File) (number string, own bool) {
	rest, ok := strings.CutPrefix(f.Name, msgStream)
	if !ok || len(rest) != 8 || !slices.Contains([]string{"001F", "001E", "0102"}, rest[4:]) {
		return "", false
	}
	if rest[4:] == "0102" && rest[:4] != msgHTML {
		return "", false
	}
	if own = len(f.Path) == 0; !own && (len(f.Path) != 1 || !strings.HasPrefix(f.Path[0], "__attach")) {
		return "", false
	}
	return rest[:4], own
}

func msgString(name string, raw []byte) string {
	s := ""
	switch name[len(name)-4:] {
	case "001F":
		s = decodeAs(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), raw)
	case "001E":
		if s = decodeAny(raw); len(raw) < 20 && s != string(raw) { // too short to tell
			s = decodeAs(simplifiedchinese.GB18030, raw)
		}
	default:
		s = decodeAny(raw)
	}
	return strings.TrimRight(s, "\x00")
}

func writeLetter(props map[string]string, attachments []string) (string, error) {
	var p page
	from := props[msgSender]
	if a := props[msgAddress]; strings.Contains(a, "@") && a != from {
		from = strings.TrimSpace(from + " <" + a + ">")
	}
	for _, h := range [][2]string{{"Subject", props[msgSubject]}, {"From", from}, {"To", props[msgTo]}, {"Cc", props[msgCc]}} {
		if v := strings.Join(strings.Fields(h[1]), " "); v != "" {
			p.add(h[0], ": ", v, "\n")
		}
	}
	text := strings.TrimSpace(strings.ReplaceAll(props[msgBody], "\r\n", "\n"))
	if text == "" && props[msgHTML] != "" {
		var err error
		if text, err = htmlText(props[msgHTML]); err != nil {
			return "", err
		}
	}
	p.add("\n", text, "\n")
	for i, name := range attachments {
		if i == 0 {
			p.add("\n")
		}
		p.add("Attachment: ", name, "\n")
	}
	return p.text()
}
