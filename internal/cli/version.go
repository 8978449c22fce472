package cli

import (
	_ "embed"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is set by the linker (see the Makefile); empty in a plain go build.
var version string

// notices holds the licences of everything that is linked into the program, made by "make gen".
//
//go:embed notices.txt
var notices string

// noticeMark starts the line above each licence text: the mark, the module and its version.
const noticeMark = "=== "

// versionInfo is what version prints as JSON.
type versionInfo struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// notice is the licence of one module.
type notice struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Text    string `json:"text"`
}

func newVersion(a *shell) *cobra.Command {
	var licenses bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Show the version, or the licences of what is inside",
		Example: "  tocsin version\n" +
			"  tocsin version -o raw         # the version alone\n" +
			"  tocsin version --licenses     # the licence texts of every module in the program",
		RunE: func(*cobra.Command, []string) error {
			if licenses {
				return a.showLicenses()
			}
			return a.showVersion()
		},
	}
	c.Flags().BoolVar(&licenses, "licenses", false, "print the licences of everything linked into this program")
	return c
}

func (a *shell) showVersion() error {
	v := versionInfo{Version: buildVersion(), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	switch a.format {
	case asJSON:
		return a.json(v)
	case asRaw:
		a.out.Printf("%s\n", v.Version)
	case human:
		a.out.Printf("tocsin %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
	}
	return nil
}

// buildVersion is what the linker was told, else what the go command noted, else "devel".
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

func (a *shell) showLicenses() error {
	all := parseNotices(notices)
	switch a.format {
	case asJSON:
		return a.json(all)
	case asRaw:
		for _, n := range all {
			a.out.Printf("%s %s\n", n.Module, n.Version)
		}
	case human:
		_, err := a.out.Write([]byte(notices))
		if err != nil {
			return fmt.Errorf("write licences: %w", err)
		}
	}
	return nil
}

// parseNotices splits the embedded file, which the tests hold to be well formed.
func parseNotices(s string) []notice {
	var all []notice
	for part := range strings.SplitSeq("\n"+s, "\n"+noticeMark) {
		head, text, _ := strings.Cut(part, "\n")
		module, version, ok := strings.Cut(head, " ")
		if !ok {
			continue // what stands before the first mark
		}
		all = append(all, notice{module, version, strings.TrimSpace(text)})
	}
	return all
}
