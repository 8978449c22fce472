package lapi

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// TLSOptions say how TCP listeners speak TLS, and which certificates let bouncers and agents in. Files are read again when
// they change.
type TLSOptions struct {
	CertFile, KeyFile string // PEM
	// ClientCAFile has the authorities of clients' certificates; "" lets nobody in by certificate.
	ClientCAFile string
	// Verification says what is asked of clients: NoClientCert, RequestClientCert, RequireAnyClientCert,
	// VerifyClientCertIfGiven or RequireAndVerifyClientCert; "" is VerifyClientCertIfGiven with authorities, else
	// NoClientCert. Only a verified certificate lets anybody in.
	Verification string
	// AgentOUs and BouncerOUs are the organisational units whose certificates are agents' and bouncers'.
	AgentOUs, BouncerOUs []string
	CRLFile              string // revoked certificates, PEM or DER; "" for none
}

// verifications are the ways to ask clients for certificates, by the names that CrowdSec's configuration has.
func verification(name string, withCA bool) (tls.ClientAuthType, error) {
	switch name {
	case "":
		if withCA {
			return tls.VerifyClientCertIfGiven, nil
		}
		return tls.NoClientCert, nil
	case "NoClientCert":
		return tls.NoClientCert, nil
	case "RequestClientCert":
		return tls.RequestClientCert, nil
	case "RequireAnyClientCert":
		return tls.RequireAnyClientCert, nil
	case "VerifyClientCertIfGiven":
		return tls.VerifyClientCertIfGiven, nil
	case "RequireAndVerifyClientCert":
		return tls.RequireAndVerifyClientCert, nil
	}
	return 0, fmt.Errorf("client verification %q is not known: want NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert", name)
}

// certificates are the files of [TLSOptions] as they were last read.
type certificates struct {
	o TLSOptions

	mu      sync.Mutex
	looked  time.Time
	stamp   string // of the files that conf was made from
	conf    *tls.Config
	revoked []*x509.RevocationList
}

// lookEvery is how often it is seen whether files changed.
const lookEvery = 5 * time.Second

// tlsConfig makes the configuration of listeners, nil without TLS.
func (s *Server) tlsConfig() (*tls.Config, error) {
	if s.o.TLS == nil {
		return nil, nil
	}
	s.certificates = &certificates{o: *s.o.TLS}
	conf, err := s.certificates.current(time.Now())
	if err != nil {
		return nil, err
	}
	outer := conf.Clone()
	outer.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		conf, err := s.certificates.current(time.Now())
		if err != nil {
			s.log.Warn("certificates cannot be read again: the old ones stay", "error", err)
		}
		return conf, nil
	}
	return outer, nil
}

// current returns the configuration of what the files hold. With an error it is the old one.
func (k *certificates) current(now time.Time) (*tls.Config, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if d := now.Sub(k.looked); k.conf != nil && d >= 0 && d < lookEvery {
		return k.conf, nil
	}
	k.looked = now
	stamp := k.o.stamp()
	if stamp == k.stamp && k.conf != nil {
		return k.conf, nil
	}
	conf, revoked, err := k.o.read()
	if err != nil {
		return k.conf, err
	}
	k.conf, k.revoked, k.stamp = conf, revoked, stamp
	return conf, nil
}

// stamp changes when one of the files does.
func (o TLSOptions) stamp() string {
	var s strings.Builder
	for _, name := range []string{o.CertFile, o.KeyFile, o.ClientCAFile, o.CRLFile} {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprint(&s, info.ModTime().UnixNano(), " ", info.Size(), ";")
		} else {
			s.WriteString("-;")
		}
	}
	return s.String()
}

func (o TLSOptions) read() (*tls.Config, []*x509.RevocationList, error) {
	cert, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read the server's certificate: %w", err)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	if conf.ClientAuth, err = verification(o.Verification, o.ClientCAFile != ""); err != nil {
		return nil, nil, err
	}
	if o.ClientCAFile != "" {
		b, err := os.ReadFile(o.ClientCAFile)
		if err != nil {
			return nil, nil, fmt.Errorf("read the authorities of clients: %w", err)
		}
		conf.ClientCAs = x509.NewCertPool()
		if !conf.ClientCAs.AppendCertsFromPEM(b) {
			return nil, nil, fmt.Errorf("read the authorities of clients: %s has no certificate in PEM", o.ClientCAFile)
		}
	}
	revoked, err := readRevoked(o.CRLFile)
	return conf, revoked, err
}

func readRevoked(file string) ([]*x509.RevocationList, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read revoked certificates: %w", err)
	}
	var ders [][]byte
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		ders = append(ders, block.Bytes)
	}
	if ders == nil {
		ders = [][]byte{b}
	}
	var lists []*x509.RevocationList
	for _, der := range ders {
		l, err := x509.ParseRevocationList(der)
		if err != nil {
			return nil, fmt.Errorf("read revoked certificates: %s: %w", file, err)
		}
		lists = append(lists, l)
	}
	return lists, nil
}

// certified returns the name in a verified certificate of one of the units.
func (s *Server) certified(r *http.Request, units func(*TLSOptions) []string) (string, bool) {
	if s.o.TLS == nil || r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
		return "", false
	}
	chain := r.TLS.VerifiedChains[0]
	name := chain[0].Subject.CommonName
	allowed := units(s.o.TLS)
	if name == "" || !utf8.ValidString(name) || !slices.ContainsFunc(chain[0].Subject.OrganizationalUnit, func(ou string) bool { return slices.Contains(allowed, ou) }) {
		return "", false
	}
	if err := s.certificates.check(chain); err != nil {
		s.log.Warn("a certificate is not let in", "name", name, "error", err)
		return "", false
	}
	return name, true
}

var errRevoked = errors.New("it was revoked")

// check looks for the certificates of a chain among the revoked ones.
func (k *certificates) check(chain []*x509.Certificate) error {
	if k == nil {
		return nil
	}
	// A connection may last longer than the files stay as they are.
	_, _ = k.current(time.Now())
	k.mu.Lock()
	lists := k.revoked
	k.mu.Unlock()
	for i, cert := range chain[:len(chain)-1] {
		for _, l := range lists {
			if l.CheckSignatureFrom(chain[i+1]) != nil {
				continue
			}
			for _, e := range l.RevokedCertificateEntries {
				if e.SerialNumber.Cmp(cert.SerialNumber) == 0 {
					return errRevoked
				}
			}
		}
	}
	return nil
}
