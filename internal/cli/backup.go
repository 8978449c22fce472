package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/app"
)

func newBackup(a *shell) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the whole state of the running local API into a file",
		Long: "Write the whole state of the running local API, as of one moment, into a file that 'tocsin restore' reads, or to\n" +
			"standard output (-). It has the hashes of keys and passwords and the key that signs tokens: keep it as safe as the state itself.",
		Example: "  tocsin backup tocsin.backup",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(func(s *client.Client) error {
				if args[0] == "-" {
					_, err := s.Backup(c.Context(), a.out)
					return err
				}
				n, err := whole(args[0], func(w io.Writer) (int64, error) { return s.Backup(c.Context(), w) })
				if err != nil {
					return err
				}
				a.err.Printf("%s has %s\n", args[0], size(n))
				return nil
			})
		},
	}
}

// whole writes a file that is there only when it is complete and on disk.
func whole(path string, write func(io.Writer) (int64, error)) (n int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // it is made for its owner alone
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	n, err = write(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return n, err
	}
	return n, os.Rename(f.Name(), path)
}

// size is a number of bytes for people.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d kB", (n+1023)/1024)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func newRestore(a *shell) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put the state of a backup in the place of the state folder's",
		Long: "Put the state of a backup into the state folder. The local API must not run on it meanwhile. A state that is there\n" +
			"stays unless --force is given, and then is kept beside as tocsin.db.replaced.",
		Example: "  tocsin restore tocsin.backup --state /var/lib/tocsin",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			state, err := a.stateDir()
			if err != nil {
				return err
			}
			in := a.in
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }() // only read
				in = f
			}
			h, err := app.Restore(c.Context(), in, state, force)
			if err != nil {
				return err
			}
			a.err.Printf("%s has the state of %s\n", state, h.Created.Local().Format(time.DateTime))
			return nil
		},
	}
	c.Flags().BoolVarP(&force, "force", "f", false, "replace a state that is there")
	return c
}
