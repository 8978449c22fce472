package cli

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

// remote says where the server is that a command talks to.
type remote struct {
	state, url, token, ca string
}

func (r *remote) add(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&r.state, "state", "", "the state `folder` of the server (env TOCSIN_STATE; default /var/lib/tocsin, or for others than root ~/.local/state/tocsin)")
	f.StringVar(&r.url, "url", "", "administrate the server at this `URL` instead, by --token (env TOCSIN_URL)")
	f.StringVar(&r.token, "token", "", "the `text` of a token (env TOCSIN_TOKEN, which others cannot see)")
	f.StringVar(&r.ca, "ca", "", "trust servers with a certificate of the authority in this `file` (env TOCSIN_CA)")
	_ = c.MarkPersistentFlagDirname("state")
	_ = c.MarkPersistentFlagFilename("ca")
}

// stateDir is the folder that --state names, or the usual one.
func (a *shell) stateDir() (string, error) {
	if dir := cmp.Or(a.remote.state, a.getenv("TOCSIN_STATE")); dir != "" {
		return dir, nil
	}
	if os.Geteuid() == 0 {
		return "/var/lib/tocsin", nil
	}
	if dir := a.getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "tocsin"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", withHint(errors.New("there is no home folder to keep state in"), "name a folder with --state")
	}
	return filepath.Join(home, ".local", "state", "tocsin"), nil
}

// admin is a client of the server that the flags name.
func (a *shell) admin() (*client.Client, error) {
	o := client.Options{
		URL: cmp.Or(a.remote.url, a.getenv("TOCSIN_URL")), Token: cmp.Or(a.remote.token, a.getenv("TOCSIN_TOKEN")),
		UserAgent: "tocsin/" + buildVersion(), Session: sshClient(a.getenv("SSH_CONNECTION")),
	}
	if a.remote.state != "" && a.remote.url == "" {
		o.URL = "" // what is typed goes before what the environment says
	}
	if o.URL == "" {
		dir, err := a.stateDir()
		if err != nil {
			return nil, err
		}
		o.Socket = filepath.Join(dir, "admin.sock")
		return client.New(o)
	}
	if o.Token == "" {
		return nil, usage(fmt.Errorf("no token for %s", o.URL), "make one on the server with 'tocsin tokens add NAME --role admin', and give it by TOCSIN_TOKEN")
	}
	if ca := cmp.Or(a.remote.ca, a.getenv("TOCSIN_CA")); ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("read authority: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read authority: %s holds no certificate in PEM", ca)
		}
		o.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	a.warnClear(o.URL)
	c, err := client.New(o)
	if err != nil {
		return nil, usage(err, "for example --url https://host:8080")
	}
	return c, nil
}

// sshClient is the address that sshd says a person comes from.
func sshClient(connection string) string {
	ip, _, _ := strings.Cut(connection, " ")
	if net.ParseIP(ip) == nil {
		return ""
	}
	return ip
}

// warnClear says when a token goes through a network for everybody to read.
func (a *shell) warnClear(text string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" {
		return
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return
	}
	a.err.Printf("%s the token goes to %s without encryption\n", a.err.Paint(render.Warn, "warning:"), u.Host)
	_ = a.err.Flush()
}

// ask runs a command's work on the server, and gives advice when there is none.
func (a *shell) ask(work func(*client.Client) error) error {
	c, err := a.admin()
	if err != nil {
		return err
	}
	err = work(c)
	if _, ok := errors.AsType[*client.UnreachableError](err); !ok {
		return err
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return withHint(err, "the socket is for root and the user that tocsin runs as: use sudo")
	case a.remote.url != "" || a.getenv("TOCSIN_URL") != "" && a.remote.state == "":
		return withHint(err, "is the server running, and is the address right?")
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return withHint(err, fmt.Sprintf("start it with 'tocsin run --api-only --state %s', or name another state folder with --state", quote(filepath.Dir(c.Where()))))
	}
	return err
}

// answer is [shell.ask] for a command that shows what it got.
func answer[T any](a *shell, get func(*client.Client) (T, error), show func(T) error) error {
	return a.ask(func(c *client.Client) error {
		v, err := get(c)
		if err != nil {
			return err
		}
		return show(v)
	})
}
