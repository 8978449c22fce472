package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

func newMachines(a *shell) *cobra.Command {
	c := &cobra.Command{Use: "machines", Aliases: []string{"machine"}, Short: "Manage who may send alerts"}
	branch(c, machinesList(a), machinesAdd(a), machinesDelete(a), machinesValidate(a), machinesPrune(a), machinesInspect(a))
	return c
}

// silent is after how long without a heartbeat a machine is worth a look: two were missed.
const silent = 2 * time.Minute

func machinesList(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the machines",
		Example: "  tocsin machines list\n  tocsin machines list -o raw",
		RunE: func(c *cobra.Command, _ []string) error {
			return answer(a, func(s *client.Client) ([]client.Machine, error) { return s.Machines(c.Context()) }, func(list []client.Machine) error {
				return show(a, all(list), view[client.Machine]{
					none: "There are no machines. 'tocsin machines add NAME' makes one.",
					head: []string{"Name", "IP Address", "Last Update", "Status", "Version", "OS", "Auth Type", "Last Heartbeat"},
					row: func(m client.Machine, row func(...any)) {
						status := render.Cell{Text: "validated", Tone: render.Good}
						if !m.Validated {
							status = render.Cell{Text: "pending", Tone: render.Warn}
						}
						beat := render.Cell{Text: ago(m.LastHeartbeat, "never")}
						if m.LastHeartbeat == nil || time.Since(*m.LastHeartbeat) > silent {
							beat.Tone = render.Warn
						}
						row(render.Cell{Text: m.Name, Tone: render.Name}, m.IPAddress, stamp(m.UpdatedAt), status, m.Version, m.OS, m.AuthType, beat)
					},
					csvHead: []string{"machine_id", "ip_address", "updated_at", "validated", "version", "auth_type", "last_heartbeat", "os"},
					csv: func(m client.Machine, row func(...string)) {
						row(m.Name, m.IPAddress, stamp(m.UpdatedAt), strconv.FormatBool(m.Validated), m.Version, m.AuthType, stampOf(m.LastHeartbeat), m.OS)
					},
				})
			})
		},
	}
}

// machinesFlags are those of machines add.
type machinesFlags struct {
	auto, interactive, force bool
	password, file, url      string
}

func machinesAdd(a *shell) *cobra.Command {
	var f machinesFlags
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make a machine that may send alerts",
		Long: "Makes a machine with a password, which is made too unless you give one, and shows it or writes what the\n" +
			"machine needs to log in to a file.",
		Example: "  tocsin machines add web1\n" +
			"  tocsin machines add web1 --auto --file local_api_credentials.yaml --lapi-url http://10.0.0.1:8080",
		Args: named("one name for the machine", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			password, err := f.ask(a)
			if err != nil {
				return err
			}
			return a.ask(func(s *client.Client) error {
				m, err := s.AddMachine(c.Context(), client.NewMachine{Name: args[0], Password: password, Force: f.force})
				if err != nil {
					return err
				}
				if f.file != "" && f.url == "" {
					st, err := s.Status(c.Context())
					if err != nil {
						return err
					}
					f.url = apiURL(st.Listen)
				}
				return f.tell(a, m)
			})
		},
	}
	c.Flags().BoolVarP(&f.auto, "auto", "a", false, "make the password; what happens anyway when none is given")
	c.Flags().BoolVarP(&f.interactive, "interactive", "i", false, "ask for the password")
	c.Flags().StringVarP(&f.password, "password", "p", "", "the password; others can see the command line, so better -i or none")
	c.Flags().StringVarP(&f.file, "file", "f", "", "write the credentials to this `file` (mode 0600), - for the output")
	c.Flags().StringVarP(&f.url, "lapi-url", "u", "", "the `URL` of the local API that goes into the credentials (default the first that the server listens on)")
	c.Flags().BoolVar(&f.force, "force", false, "give a machine of that name the new password; write over the file")
	c.MarkFlagsMutuallyExclusive("auto", "interactive", "password")
	return c
}

// ask reads the password from a person, if they want it so.
func (f *machinesFlags) ask(a *shell) (string, error) {
	if !f.interactive {
		return f.password, nil
	}
	if !a.watched() {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && line == "" {
			return "", errors.New("no password came from standard input")
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	a.err.Printf("password: ")
	_ = a.err.Flush()
	b, err := term.ReadPassword(int(a.in.(*os.File).Fd()))
	a.err.Printf("\n")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(b), nil
}

// tell shows the credentials, or writes them.
func (f *machinesFlags) tell(a *shell, m client.AddedMachine) error {
	var text strings.Builder // as YAML, whose texts in double quotes are those of JSON
	for _, k := range [...][2]string{{"url", f.url}, {"login", m.Machine.Name}, {"password", m.Password}} {
		v, err := json.Marshal(k[1])
		if err != nil {
			return fmt.Errorf("write credentials: %w", err)
		}
		fmt.Fprintf(&text, "%s: %s\n", k[0], v)
	}
	switch {
	case f.file == stdin:
		_, _ = a.out.Write([]byte(text.String())) // Flush tells
		return nil
	case f.file != "":
		how := os.O_CREATE | os.O_WRONLY | os.O_EXCL
		if f.force {
			how = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
		}
		if err := writeSecret(f.file, how, text.String()); err != nil {
			return withHint(fmt.Errorf("machine %s is made, but its credentials cannot be written: %w", m.Machine.Name, err),
				"run it again with --force")
		}
		a.done("machine %s is made; its credentials are in %s", m.Machine.Name, f.file)
		return nil
	}
	switch a.format {
	case asJSON:
		return a.json(m)
	case asRaw:
		a.out.Printf("%s\n", m.Password)
	case human:
		a.out.Printf("Password of %s:\n\n   %s\n\nKeep it: it is not shown again.\n", a.out.Paint(render.Name, m.Machine.Name), m.Password)
	}
	return nil
}

func writeSecret(path string, how int, text string) error {
	w, err := os.OpenFile(path, how, 0o600)
	if err != nil {
		return err
	}
	_, err = w.WriteString(text)
	return errors.Join(err, w.Chmod(0o600), w.Close())
}

// apiURL is where a machine reaches a server that listens on these addresses.
func apiURL(listen []string) string {
	for _, l := range listen {
		switch {
		case strings.Contains(l, "://"):
			return l
		case !strings.HasPrefix(l, "unix:") && !strings.HasPrefix(l, "/"):
			return "http://" + l
		}
	}
	return "http://127.0.0.1:8080"
}

func machinesDelete(a *shell) *cobra.Command {
	var ignoreMissing bool
	c := &cobra.Command{
		Use:               "delete NAME...",
		Aliases:           []string{"remove"},
		Short:             "Delete machines: they are logged out at once, their alerts stay",
		Example:           "  tocsin machines delete web1",
		Args:              named("the names of machines", 1, 0),
		ValidArgsFunction: a.machineNames,
		RunE: func(c *cobra.Command, args []string) error {
			return a.deleteEach(c.Context(), "machine", args, ignoreMissing, (*client.Client).DeleteMachine)
		},
	}
	c.Flags().BoolVar(&ignoreMissing, "ignore-missing", false, "be content when there is no such machine")
	return c
}

func machinesValidate(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:               "validate NAME",
		Short:             "Let a machine in that registered itself",
		Example:           "  tocsin machines validate web1",
		Args:              named("the name of a machine", 1, 1),
		ValidArgsFunction: a.machineNames,
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(func(s *client.Client) error {
				if err := s.ValidateMachine(c.Context(), args[0]); err != nil {
					return err
				}
				a.done("machine %s is validated", args[0])
				return nil
			})
		},
	}
}

func machinesPrune(a *shell) *cobra.Command {
	p := pruning{what: "machines", do: (*client.Client).PruneMachines}
	c := &cobra.Command{
		Use:   "prune",
		Short: "Delete machines that were not heard of for long",
		Example: "  tocsin machines prune --duration 30d\n" +
			"  tocsin machines prune --not-validated-only --force",
		RunE: func(c *cobra.Command, _ []string) error { return p.run(c.Context(), a) },
	}
	c.Flags().StringVarP(&p.older, "duration", "d", "10m", "how `long` they were not heard of: 10m, 12h, 30d")
	c.Flags().BoolVar(&p.pending, "not-validated-only", false, "only those that wait to be validated")
	forceFlag(c, &p.force)
	return c
}

func machinesInspect(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:               "inspect NAME",
		Short:             "Show all about a machine",
		Example:           "  tocsin machines inspect web1",
		Args:              named("the name of a machine", 1, 1),
		ValidArgsFunction: a.machineNames,
		RunE: func(c *cobra.Command, args []string) error {
			return answer(a, func(s *client.Client) (client.Machine, error) { return s.Machine(c.Context(), args[0]) }, func(m client.Machine) error {
				scenarios := ""
				if n := len(m.Scenarios); n > 0 {
					scenarios = fmt.Sprintf("%d: %s", n, strings.Join(m.Scenarios[:min(n, 10)], " "))
				}
				return a.detail(
					m, [2]string{"Name", m.Name}, [2]string{"IP Address", m.IPAddress}, [2]string{"Created At", stamp(m.CreatedAt)},
					[2]string{"Last Update", stamp(m.UpdatedAt)}, [2]string{"Validated", strconv.FormatBool(m.Validated)},
					[2]string{"Last Login", stampOf(m.LastLogin)}, [2]string{"Last Heartbeat", stampOf(m.LastHeartbeat)},
					[2]string{"Last Push", stampOf(m.LastPush)}, [2]string{"Version", m.Version}, [2]string{"OS", m.OS},
					[2]string{"Auth Type", m.AuthType}, [2]string{"Scenarios", scenarios},
				)
			})
		},
	}
}

// machineNames completes names of machines.
func (a *shell) machineNames(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.names(func(s *client.Client) (names []string, err error) {
		list, err := s.Machines(c.Context())
		for _, m := range list {
			names = append(names, m.Name)
		}
		return names, err
	})
}
