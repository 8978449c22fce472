package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"tocsin.example/client"
	"tocsin.example/internal/app"
	"tocsin.example/internal/cli/render"
	"tocsin.example/internal/store"
)

func newBackup(a *shell) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the whole state to a file",
		Long: "Writes a copy of all that the server keeps, as of one moment, while it goes on. It holds secrets (the hashes of\n" +
			"keys and passwords, the key that logins are signed with), so the file is for its owner alone.",
		Example: "  tocsin backup tocsin.backup\n  tocsin backup - | gzip > tocsin.backup.gz",
		Args:    named("one file, - for the output", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(func(s *client.Client) error { return a.backup(c.Context(), s, args[0], force) })
		},
	}
	forceFlag(c, &force)
	c.Flags().Lookup("force").Usage = "write over a file that is there"
	return c
}

func (a *shell) backup(ctx context.Context, s *client.Client, path string, force bool) error {
	if path == stdin {
		if a.out.Terminal {
			return usage(errors.New("a backup is no text for a terminal"), "name a file, or add a pipe")
		}
		_, err := s.Backup(ctx, a.out)
		return err
	}
	if _, err := os.Lstat(path); err == nil && !force {
		return withHint(fmt.Errorf("backup: %s is there already", path), "add --force to write over it")
	}
	// Under another name until it is whole, so that a backup of before is not lost to one that breaks off.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	progress := render.NewProgress(a.err, "backing up", 0, render.Data)
	n, err := s.Backup(ctx, &counted{f, progress})
	progress.Done()
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("backup: %w", err), os.Remove(f.Name()))
	}
	if a.format == asJSON {
		return a.json(map[string]any{"file": path, "size": n})
	}
	a.done("%s in %s", render.Bytes(n), path)
	return nil
}

// counted tells a progress what was written.
type counted struct {
	w        io.Writer
	progress *render.Progress
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.progress.Add(int64(n))
	return n, err
}

func newRestore(a *shell) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup into the state folder of a server that does not run",
		Long: "Puts what 'tocsin backup' wrote into the state folder. The backup is checked first: a damaged one, or one of a\n" +
			"newer version, changes nothing. A state that is there is replaced with --force only, and kept beside the new one.",
		Example: "  tocsin restore tocsin.backup --state /var/lib/tocsin",
		Args:    named("one file, - for standard input", 1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := a.stateDir()
			if err != nil {
				return err
			}
			r := a.in
			if args[0] != stdin {
				f, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("restore: %w", err)
				}
				defer f.Close()
				r = f
			}
			got, err := app.Restore(c.Context(), r, dir, force)
			switch {
			case errors.Is(err, store.ErrExists):
				return withHint(err, "add --force to replace it; it is kept beside the new one")
			case errors.Is(err, store.ErrBusy):
				return withHint(err, "stop the server first")
			}
			if err != nil {
				return err
			}
			if a.format == asJSON {
				return a.json(got)
			}
			a.done("the state of %s (%s) is in %s", stamp(got.Created), render.Bytes(got.Size), dir)
			return nil
		},
	}
	forceFlag(c, &force)
	c.Flags().Lookup("force").Usage = "replace the state that is there"
	return c
}
