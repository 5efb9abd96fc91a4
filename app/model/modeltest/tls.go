package modeltest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"
)

// StartTLS serves HTTPS with a certificate of its own authority (CA), over HTTP/2 and HTTP/1.1. The quirks whose names
// begin with h2_ break HTTP/2 for all requests and leave HTTP/1.1 alone. notAfter is when the certificate expires; the
// zero time is in a year.
func StartTLS(o Options, notAfter time.Time) *Started {
	quirk := o.Quirk
	s := New(o)
	cert, ca := certificate(notAfter)
	st := start(s, func(srv *http.Server, l net.Listener) net.Listener {
		conf := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
		if f := h2Quirks[quirk]; f != nil {
			srv.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){"h2": f}
		}
		if quirk == "h2_reset" {
			s.h2Reset = true
		}
		if quirk == "tls_close" { // over HTTP/2 this would be a reset stream, which is another quirk
			conf.NextProtos = []string{"http/1.1"}
		}
		srv.TLSConfig = conf
		return tls.NewListener(l, conf)
	})
	st.CA = ca
	return st
}

var h2Quirks = map[string]func(*http.Server, *tls.Conn, http.Handler){
	"h2_stall": func(_ *http.Server, c *tls.Conn, _ http.Handler) {
		_, _ = io.Copy(io.Discard, c) // until the client gives up
	},
	"h2_break": func(_ *http.Server, c *tls.Conn, _ http.Handler) {
		_, _ = io.WriteString(c, "\x00\x00\x04\x04\x00\x00\x00\x00\x00garbage that is no frame at all, on and on and on")
		_ = c.Close()
	},
}

func certificate(notAfter time.Time) (tls.Certificate, string) {
	if notAfter.IsZero() {
		notAfter = time.Now().AddDate(1, 0, 0)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "modeltest"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: notAfter, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(text)
}
