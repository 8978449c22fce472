package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newCompletion(a *shell) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that completes tocsin's commands in your shell",
		Example: "  tocsin completion bash > /etc/bash_completion.d/tocsin\n" +
			"  tocsin completion zsh > \"${fpath[1]}/_tocsin\"\n" +
			"  tocsin completion fish > ~/.config/fish/completions/tocsin.fish\n" +
			"  tocsin completion powershell | Out-String | Invoke-Expression",
		ValidArgs: shells,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("%s wants one shell: bash, zsh, fish or powershell", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			root := c.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.out)
			}
			return usage(fmt.Errorf("no completion for the shell %q", args[0]), "bash, zsh, fish and powershell are known")
		},
	}
}
