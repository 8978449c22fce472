package cli

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"golang.org/x/term"

	"tocsin.example/internal/cli/render"
)

// watched says whether a person sits at the input and the errors, so that a question gets an answer.
func (a *shell) watched() bool {
	f, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && a.err.Terminal
}

// confirm asks a person whether to go on. Without one, and without force, must says whether that is refused.
func (a *shell) confirm(force, must bool, question string) error {
	if force {
		return nil
	}
	if !a.watched() {
		if must {
			return usage(errors.New(strings.TrimSuffix(question, "?")+": nobody is there to ask"), "add --force to do it without a question")
		}
		return nil
	}
	_ = a.out.Flush() // what the question is about
	a.err.Printf("%s %s ", a.err.Paint(render.Warn, question), "[y/N]")
	_ = a.err.Flush()
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && line == "" {
		return errors.New("no answer: nothing was done")
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was done")
}
