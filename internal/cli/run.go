package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/lapi"
)

// runFlags are the flags of 'tocsin run'.
type runFlags struct {
	apiOnly, agentOnly, noDNS    bool
	listen                       []string
	metrics, profiles, logFormat string
	verbose                      bool
	proxies, trusted             []string
	tls                          lapi.TLSOptions
	token                        string
	tokenRanges                  []string
}

func newRun(a *shell) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the local API: alerts to decisions, decisions to bouncers",
		Long: "Run the local API. Machines send it alerts, it decides, and bouncers get what is decided at once. Its state\n" +
			"lies in one folder; commands with the same --state administrate it meanwhile.",
		Example: "  tocsin run --api-only\n  tocsin run --api-only --state /srv/tocsin --listen 127.0.0.1:8080 --listen unix:/run/tocsin/api.sock",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.run(c.Context(), f)
		},
	}
	l := c.Flags()
	l.BoolVar(&f.apiOnly, "api-only", false, "serve decisions, and follow no logs")
	l.BoolVar(&f.agentOnly, "agent-only", false, "follow logs, and send alerts to another machine's local API")
	l.StringArrayVar(&f.listen, "listen", []string{"127.0.0.1:8080"}, "serve on `HOST:PORT` or unix:PATH; may be repeated")
	l.StringVar(&f.metrics, "metrics", "", "serve Prometheus metrics on `HOST:PORT` (CrowdSec's is 127.0.0.1:6060)")
	l.StringVar(&f.profiles, "profiles", "", "decide by this profiles.yaml, after the `file`.local beside it, instead of the profile in the box")
	l.StringArrayVar(&f.proxies, "trusted-proxy", nil, "believe this `address` or range when it says for whom it asks, and never decide against it; may be repeated")
	l.StringArrayVar(&f.trusted, "trusted-ip", nil, "let machines at this `address` or range delete alerts, beside this host's; may be repeated")
	l.StringVar(&f.tls.CertFile, "tls-cert", "", "serve TLS with the certificate in this `file`")
	l.StringVar(&f.tls.KeyFile, "tls-key", "", "its key `file`")
	l.StringVar(&f.tls.ClientCAFile, "tls-client-ca", "", "let in who has a certificate of the authorities in this `file`")
	l.StringVar(&f.tls.Verification, "tls-verify", "", "how to ask for certificates, a `word` of CrowdSec's configuration, such as RequireAndVerifyClientCert")
	l.StringSliceVar(&f.tls.AgentOUs, "tls-agents-ou", nil, "organisational `units` of machines' certificates")
	l.StringSliceVar(&f.tls.BouncerOUs, "tls-bouncers-ou", nil, "organisational `units` of bouncers' certificates")
	l.StringVar(&f.tls.CRLFile, "tls-crl", "", "a `file` of revoked certificates")
	l.StringVar(&f.token, "registration-token", "", "validate machines at once that register with this `text` (env TOCSIN_REGISTRATION_TOKEN)")
	l.StringSliceVar(&f.tokenRanges, "registration-range", nil, "the `ranges` that may use it")
	l.BoolVar(&f.noDNS, "no-dns", false, "do not resolve names on allowlists")
	l.StringVar(&f.logFormat, "log-format", "text", "how to write the log: text or json")
	l.BoolVarP(&f.verbose, "verbose", "v", false, "log more")
	c.MarkFlagsMutuallyExclusive("api-only", "agent-only")
	c.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	return c
}

// run serves until ctx ends.
func (a *shell) run(ctx context.Context, f runFlags) error {
	if !f.apiOnly {
		return usage(errors.New("this version serves the local API and does not follow logs yet"), "add --api-only; 'tocsin replay' reads logs that are there")
	}
	o := app.ServeOptions{
		Listen: f.listen, Metrics: f.metrics, Profiles: f.profiles, NoDNS: f.noDNS, Version: buildVersion(), Log: a.logger(f),
	}
	var err error
	if o.State, err = a.stateDir(); err != nil {
		return err
	}
	if o.TrustedProxies, err = prefixes("--trusted-proxy", f.proxies); err != nil {
		return err
	}
	if o.TrustedIPs, err = prefixes("--trusted-ip", f.trusted); err != nil {
		return err
	}
	if o.Registration.Ranges, err = prefixes("--registration-range", f.tokenRanges); err != nil {
		return err
	}
	if o.Registration.Token = f.token; o.Registration.Token == "" {
		o.Registration.Token = a.getenv("TOCSIN_REGISTRATION_TOKEN")
	}
	if f.tls.CertFile != "" {
		o.TLS = &f.tls
	}
	o.Ready = func(addresses []string) {
		a.err.Printf("%s the local API is on %s; its state is in %s\n", a.err.Paint(render.Good, "ready:"), strings.Join(addresses, ", "), o.State)
		_ = a.err.Flush()
	}
	return app.Serve(ctx, o)
}

func (a *shell) logger(f runFlags) *slog.Logger {
	o := &slog.HandlerOptions{Level: slog.LevelInfo}
	if f.verbose {
		o.Level = slog.LevelDebug
	}
	if f.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, o))
	}
	return slog.New(slog.NewTextHandler(a.stderr, o))
}

// prefixes reads addresses and ranges.
func prefixes(flag string, list []string) (out []netip.Prefix, err error) {
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, notAddress := netip.ParseAddr(text)
			if notAddress != nil {
				return nil, usage(fmt.Errorf("%s: %q is neither an address nor a range", flag, text), "as in 192.0.2.1 or 192.0.2.0/24")
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
