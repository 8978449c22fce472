package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/internal/address"
	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/decide"
	"tocsin.example/internal/lapi"
	"tocsin.example/internal/wire"
)

// runFlags are those of the command run.
type runFlags struct {
	options              app.ServeOptions
	tls                  lapi.TLSOptions
	apiOnly, agentOnly   bool
	proxies, ips, ranges []string
	level, logFormat     string
	keepAge, keepSize    string
	keepAlerts           int
}

func newRun(a *shell) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the server: the local API for bouncers, machines and administrators",
		Long: "Runs until it gets an interrupt or SIGTERM. What it has acknowledged is on disk, so it can be stopped or killed\n" +
			"at any moment. It tells systemd when it is ready (Type=notify).",
		Example: "  tocsin run --api-only\n" +
			"  tocsin run --api-only --state /var/lib/tocsin --listen 0.0.0.0:8080 --tls-cert api.pem --tls-key api.key",
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), a) },
	}
	s := c.Flags()
	s.BoolVar(&f.apiOnly, "api-only", false, "run the local API alone")
	s.BoolVar(&f.agentOnly, "agent-only", false, "read logs and send alerts to another server's local API")
	s.StringSliceVar(&f.options.Listen, "listen", []string{"127.0.0.1:8080"}, "serve the local API at `HOST:PORT` or unix:PATH; may be given several times")
	s.StringVar(&f.options.Metrics, "metrics", "", "serve metrics for Prometheus at `HOST:PORT`, for example 127.0.0.1:6060")
	s.StringVar(&f.options.Profiles, "profiles", "", "decide by this profiles.yaml `file` instead of the profile in the box")
	s.StringVar(&f.tls.CertFile, "tls-cert", "", "serve TLS with the certificate in this `file`")
	s.StringVar(&f.tls.KeyFile, "tls-key", "", "the `file` with the key of --tls-cert")
	s.StringVar(&f.tls.ClientCAFile, "tls-client-ca", "", "let in by certificate whom the authorities in this `file` vouch for")
	s.StringVar(&f.tls.Verification, "tls-verify", "", "what is asked of clients' certificates, a `word` of CrowdSec's client_verification")
	s.StringSliceVar(&f.tls.AgentOUs, "tls-agents-ou", []string{"agent-ou"}, "organisational `units` of the certificates of machines")
	s.StringSliceVar(&f.tls.BouncerOUs, "tls-bouncers-ou", []string{"bouncer-ou"}, "organisational `units` of the certificates of bouncers")
	s.StringVar(&f.tls.CRLFile, "tls-crl", "", "the `file` of certificates that were revoked")
	s.StringSliceVar(&f.proxies, "trusted-proxy", nil, "`addresses` and ranges of proxies that are believed for whom they ask, and never decided against")
	s.StringSliceVar(&f.ips, "trusted-ip", nil, "`addresses` and ranges from where machines may delete alerts, beside this host")
	s.StringVar(&f.options.Registration.Token, "registration-token", "", "validate machines at once that register with this `text` (env TOCSIN_REGISTRATION_TOKEN)")
	s.StringSliceVar(&f.ranges, "registration-range", nil, "`addresses` and ranges from where --registration-token counts")
	s.IntVar(&f.keepAlerts, "keep-alerts", 0, "keep at most so `many` alerts, beside those of running bans (default 200000)")
	s.StringVar(&f.keepAge, "keep-age", "", "keep alerts for so `long` (default 90d)")
	s.StringVar(&f.keepSize, "keep-size", "", "keep the state below this `size`: 500M, 2G")
	s.BoolVar(&f.options.NoDNS, "no-dns", false, "do not resolve DNS names on allowlists")
	s.StringVar(&f.level, "log-level", "info", "how much to log: debug, info, warn or error")
	s.StringVar(&f.logFormat, "log-format", "text", "how to write the log: text or json")
	c.MarkFlagsMutuallyExclusive("api-only", "agent-only")
	c.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	for _, name := range []string{"profiles", "tls-cert", "tls-key", "tls-client-ca", "tls-crl"} {
		_ = c.MarkFlagFilename(name)
	}
	_ = c.RegisterFlagCompletionFunc("log-format", words("text", "json"))
	_ = c.RegisterFlagCompletionFunc("log-level", words("debug", "info", "warn", "error"))
	return c
}

func (f *runFlags) run(ctx context.Context, a *shell) error {
	if f.agentOnly {
		return usage(errors.New("this version does not follow logs yet"), "'tocsin run --api-only' runs the local API, 'tocsin replay' reads logs that are there")
	}
	if !f.apiOnly {
		return usage(errors.New("this version serves the local API and does not follow logs yet"), "add --api-only; 'tocsin replay' reads logs that are there")
	}
	if err := f.complete(a); err != nil {
		return err
	}
	notify, err := newNotifier(ctx, a.getenv("NOTIFY_SOCKET"))
	if err != nil {
		return err
	}
	defer notify.close()
	f.options.Ready = func(addresses []string) {
		a.err.Printf("%s the local API is on %s; its state is in %s\n", a.err.Paint(render.Good, "ready:"), strings.Join(addresses, ", "), f.options.State)
		_ = a.err.Flush()
		notify.say("READY=1")
	}
	stopping := context.AfterFunc(ctx, func() { notify.say("STOPPING=1") })
	defer stopping()
	err = app.Serve(ctx, f.options)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil // it was told to stop
	}
	return err
}

// complete makes options of the flags.
func (f *runFlags) complete(a *shell) (err error) {
	if f.options.State, err = a.stateDir(); err != nil {
		return err
	}
	if f.options.State, err = filepath.Abs(f.options.State); err != nil {
		return fmt.Errorf("state folder: %w", err)
	}
	f.options.Version = buildVersion()
	if f.options.Log, err = a.logger(f.level, f.logFormat); err != nil {
		return err
	}
	if f.tls.CertFile != "" {
		f.options.TLS = &f.tls
	} else if f.tls.ClientCAFile != "" {
		return usage(errors.New("--tls-client-ca is of no use without TLS"), "add --tls-cert and --tls-key")
	}
	if f.options.Registration.Token == "" {
		f.options.Registration.Token = a.getenv("TOCSIN_REGISTRATION_TOKEN")
	}
	for _, k := range []struct {
		flag string
		text []string
		into *[]netip.Prefix
	}{
		{"trusted-proxy", f.proxies, &f.options.TrustedProxies},
		{"trusted-ip", f.ips, &f.options.TrustedIPs},
		{"registration-range", f.ranges, &f.options.Registration.Ranges},
	} {
		if *k.into, err = prefixes(k.flag, k.text); err != nil {
			return err
		}
	}
	return f.keep()
}

// keep says how much is kept.
func (f *runFlags) keep() error {
	if f.keepAlerts == 0 && f.keepAge == "" && f.keepSize == "" {
		return nil // the usual
	}
	r := decide.DefaultRetention()
	if f.keepAlerts < 0 {
		return usage(errors.New("--keep-alerts is less than none"), "")
	}
	if f.keepAlerts > 0 {
		r.AlertCount = f.keepAlerts
	}
	if f.keepAge != "" {
		d, err := wire.ParseDuration(f.keepAge)
		if err != nil || d <= 0 {
			return usage(fmt.Errorf("--keep-age %q is no duration", f.keepAge), "write for example 90d")
		}
		r.AlertAge = d
	}
	if f.keepSize != "" {
		n, err := parseSize(f.keepSize)
		if err != nil {
			return err
		}
		r.Bytes = n
	}
	f.options.Retention = r
	return nil
}

// parseSize reads bytes with a unit of 1024: 500M, 2G.
func parseSize(s string) (int64, error) {
	digits, unit := s, ""
	if i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits, unit = s[:i], strings.ToUpper(s[i:])
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	shift, ok := map[string]int{"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")]
	if err != nil || !ok || n <= 0 || n > 1<<62>>shift {
		return 0, usage(fmt.Errorf("--keep-size %q is no size", s), "write for example 500M or 2G")
	}
	return n << shift, nil
}

// prefixes reads addresses and ranges.
func prefixes(flag string, list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, ok := address.Parse(s)
		if !ok {
			return nil, usage(fmt.Errorf("--%s %q is neither an address nor a range", flag, s), "write for example 10.0.0.0/8")
		}
		out = append(out, p)
	}
	return out, nil
}

// logger writes to the standard error.
func (a *shell) logger(level, format string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usage(fmt.Errorf("--log-level %q is none", level), "debug, info, warn and error are known")
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(a.stderr, o)), nil
	case "text":
		return slog.New(slog.NewTextHandler(a.stderr, o)), nil
	}
	return nil, usage(fmt.Errorf("--log-format %q is none", format), "text and json are known")
}

// notifier tells the service manager how the program is, as sd_notify(3) says; nil when there is none.
type notifier struct{ conn net.Conn }

func newNotifier(ctx context.Context, socket string) (*notifier, error) {
	if socket == "" {
		return nil, nil
	}
	if strings.HasPrefix(socket, "@") {
		socket = "\x00" + socket[1:] // an abstract name
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", socket)
	if err != nil {
		return nil, fmt.Errorf("tell the service manager (NOTIFY_SOCKET): %w", err)
	}
	return &notifier{conn}, nil
}

func (n *notifier) say(state string) {
	if n != nil {
		_, _ = n.conn.Write([]byte(state)) // a manager that does not listen finds out by itself
	}
}

func (n *notifier) close() {
	if n != nil {
		_ = n.conn.Close()
	}
}
