package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"tocsin.example/client"
	"tocsin.example/internal/cli/render"
)

// maxRowsShown is how many rows a table for people has at most. Programs get all.
const maxRowsShown = 10_000

// view is how the things of a list are shown.
type view[T any] struct {
	none string // what people are told of an empty list
	head []string
	row  func(T, func(cells ...any)) // calls back once a row
	// CSV has other columns: those of cscli where it has the list.
	csvHead []string
	csv     func(T, func(cells ...string))
}

// show prints a list in the format that is asked for, as it comes.
func show[T any](a *shell, list iter.Seq2[T, error], v view[T]) error {
	switch a.format {
	case asJSON:
		return a.jsonList(func(yield func(any, error) bool) {
			for x, err := range list {
				if !yield(x, err) {
					return
				}
			}
		})
	case asRaw:
		w := csv.NewWriter(a.out)
		write := func(cells ...string) {
			for i, c := range cells {
				cells[i] = render.Sanitize(c)
			}
			_ = w.Write(cells) // w.Error tells
		}
		write(v.csvHead...)
		for x, err := range list {
			if err != nil {
				return err
			}
			v.csv(x, write)
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return fmt.Errorf("write list: %w", err)
		}
	case human:
		t := render.NewTable(v.head...)
		more := false
		for x, err := range list {
			if err != nil {
				return err
			}
			if more = t.Len() >= maxRowsShown; more {
				break
			}
			v.row(x, t.Row)
		}
		if t.Len() == 0 {
			a.out.Printf("%s\n", v.none)
			return nil
		}
		t.Print(a.out)
		if more {
			a.out.Printf("there are more; -o raw and -o json have them all\n")
		}
	}
	return nil
}

// jsonList writes a list of which only one element is in memory at a time.
func (a *shell) jsonList(list iter.Seq2[any, error]) error {
	open := "["
	for x, err := range list {
		if err != nil {
			return err
		}
		b, err := json.MarshalIndent(x, "  ", "  ")
		if err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
		_, _ = a.out.Write([]byte(open + "\n  ")) // Flush tells
		_, _ = a.out.Write(b)
		open = ","
		if err := a.out.Err(); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	}
	end := "\n]\n"
	if open == "[" {
		end = "[]\n"
	}
	_, _ = a.out.Write([]byte(end))
	return nil
}

// all is a list that is there already.
func all[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// pageMost is how much is asked for at once.
const pageMost = 1000

// pages asks for one page after the other, until there are limit things, 0 for all. Size says how many a thing counts as.
func pages[T any](limit int, size func(T) int, get func(limit int, after string) (client.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		n, after := 0, ""
		for {
			want := pageMost
			if limit > 0 {
				want = min(want, limit-n)
			}
			p, err := get(want, after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, x := range p.Items {
				if !yield(x, nil) {
					return
				}
				n += size(x)
			}
			if p.Next == "" || limit > 0 && n >= limit {
				return
			}
			after = p.Next
		}
	}
}

// one counts each thing as one.
func one[T any](T) int { return 1 }

// stamp is a moment in a list, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func stampOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return stamp(*t)
}

// ago is how long ago a moment was, in words.
func ago(t *time.Time, never string) string {
	if t == nil || t.IsZero() {
		return never
	}
	d := time.Since(*t)
	if d < time.Second {
		return "now"
	}
	return render.Duration(d.Truncate(time.Second)) + " ago"
}

// detail prints what is known of one thing: for people lines of name and value, for programs JSON, which is YAML too.
func (a *shell) detail(v any, lines ...[2]string) error {
	if a.format != human {
		return a.json(v)
	}
	width := 0
	for _, l := range lines {
		width = max(width, len(l[0]))
	}
	for _, l := range lines {
		if l[1] != "" {
			a.out.Printf("%s %s\n", a.out.Paint(render.Dim, fmt.Sprintf("%-*s", width+1, l[0]+":")), l[1])
		}
	}
	return nil
}

// done tells people what was done. Programs see the exit code.
func (a *shell) done(format string, args ...any) {
	if a.format == human {
		a.out.Printf(format+"\n", args...)
	}
}
