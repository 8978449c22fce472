package lapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority signs certificates for tests.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.make(&x509.Certificate{
		Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}, nil)
	a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

func (a *authority) make(c *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	a.n++
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(a.n), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	file := filepath.Join(a.dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return file
}

func (a *authority) client(name, ou string) (tls.Certificate, *x509.Certificate) {
	cert, key := a.make(&x509.Certificate{Subject: pkix.Name{CommonName: name, OrganizationalUnit: []string{ou}}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, a)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}, cert
}

func (a *authority) server(name string) (certFile, keyFile string) {
	a.t.Helper()
	cert, key := a.make(&x509.Certificate{Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, a)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write("server.pem", "CERTIFICATE", cert.Raw), a.write("server-key.pem", "EC PRIVATE KEY", der)
}

func (a *authority) revoke(serials ...*big.Int) string {
	a.t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}
	for _, s := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: s, RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write("crl.pem", "X509 CRL", der)
}

// with makes requests come with a certificate.
func (w *world) with(a *authority, cert ...tls.Certificate) {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	base := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: cert, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	w.t.Cleanup(base.CloseIdleConnections)
	w.http = &http.Client{Transport: theContract().through(w.t, base)}
}

func TestMutualTLS(t *testing.T) {
	a := newAuthority(t)
	stranger := newAuthority(t)
	bouncerCert, _ := a.client("mybouncer", "bouncer-ou")
	agentCert, _ := a.client("myagent", "agent-ou")
	otherCert, _ := a.client("other", "other-ou")
	revokedCert, revoked := a.client("old", "bouncer-ou")
	strangeCert, _ := stranger.client("mybouncer", "bouncer-ou")
	certFile, keyFile := a.server("lapi")
	o := &TLSOptions{
		CertFile: certFile, KeyFile: keyFile, ClientCAFile: filepath.Join(a.dir, "ca.pem"),
		AgentOUs: []string{"agent-ou"}, BouncerOUs: []string{"bouncer-ou"}, CRLFile: a.revoke(revoked.SerialNumber),
	}
	w := newWorld(t, func(op *Options) { op.TLS = o })
	none := func(target, want string) {
		t.Helper()
		w.wants(w.do("GET", target, nil, ""), want)
	}
	login := func(body, want string) {
		t.Helper()
		w.wants(w.do("POST", "/v1/watchers/login", nil, body), want)
	}
	w.with(a)
	none("/v1/decisions", `403 {"message":"access forbidden"}`)
	w.asBouncer("/v1/decisions", "200 null") // a key does as well
	w.with(a, bouncerCert)
	none("/v1/decisions", "200 null")
	none("/v1/decisions", "200 null")
	w.wants(w.do("POST", "/v1/usage-metrics", nil, usageOf("remediation_components")), "201 ")
	login(`{"scenarios":[]}`, `400 ...`)
	w.with(a, otherCert)
	none("/v1/decisions", `403 {"message":"access forbidden"}`)
	w.with(a, revokedCert)
	none("/v1/decisions", `403 {"message":"access forbidden"}`)
	w.with(a, agentCert)
	none("/v1/decisions", `403 {"message":"access forbidden"}`)
	login(`{}`, `400 {"message":"missing scenarios list in login request for TLS auth"}`)
	login(`{"scenarios":["a/b"]}`, `200 ...`)
	login(`{"scenarios":null}`, `200 ...`)
	login(`{"machine_id":"myagent@127.0.0.1","password":"x"}`, `401 ...`) // that one comes by certificate
	w.with(a, strangeCert)
	if res, err := w.http.Do(w.request(t.Context(), "GET", "/v1/decisions", nil, "")); err == nil {
		t.Errorf("a stranger's certificate: %d", res.StatusCode)
		_ = res.Body.Close()
	}
	rows, err := w.lapi.Watch().Bouncers(t.Context())
	if err != nil || len(rows) != 2 || rows[1].Name != "mybouncer@127.0.0.1" || rows[1].AuthType != "tls" {
		t.Errorf("%+v, %v", rows, err)
	}
	m, err := w.store.Machine(t.Context(), "myagent@127.0.0.1")
	if err != nil || m.AuthType != "tls" || !m.Validated || len(m.Scenarios) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestVerification(t *testing.T) {
	f := func(name string, ca bool, want tls.ClientAuthType, fault bool) {
		t.Helper()
		got, err := verification(name, ca)
		if got != want || (err != nil) != fault {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	f("", false, tls.NoClientCert, false)
	f("", true, tls.VerifyClientCertIfGiven, false)
	f("NoClientCert", true, tls.NoClientCert, false)
	f("RequestClientCert", true, tls.RequestClientCert, false)
	f("RequireAnyClientCert", true, tls.RequireAnyClientCert, false)
	f("VerifyClientCertIfGiven", true, tls.VerifyClientCertIfGiven, false)
	f("RequireAndVerifyClientCert", true, tls.RequireAndVerifyClientCert, false)
	f("Maybe", true, 0, true)
}

// A certificate that was renewed is served without a restart; files that are broken meanwhile change nothing.
func TestCertificatesAreReadAgain(t *testing.T) {
	a := newAuthority(t)
	certFile, keyFile := a.server("first")
	k := &certificates{o: TLSOptions{CertFile: certFile, KeyFile: keyFile}}
	name := func(at time.Time) string {
		conf, err := k.current(at)
		if conf == nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(conf.Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return c.Subject.CommonName
	}
	now := time.Now()
	if got := name(now); got != "first" {
		t.Error(got)
	}
	a.server("second")
	if got := name(now); got != "first" {
		t.Error(got)
	}
	if got := name(now.Add(lookEvery)); got != "second" {
		t.Error(got)
	}
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(now.Add(2 * lookEvery)); got != "second" {
		t.Error(got)
	}
}
