package render

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
)

// narrow is the width below which a column is not cut to make a table fit: an address still shows.
const narrow = 15

// maxCell bounds a cell in bytes before it is measured: a log line may be 64 KiB, a terminal shows a few hundred.
const maxCell = 4 << 10

// Size is a number of bytes in a table's cell.
type Size int64

// Cell is text with a tone.
type Cell struct {
	Text string
	Tone Tone
}

// Table collects rows and prints them aligned: columns of numbers to the right, everything else to the left. Every
// text in it is sanitised. One goroutine uses it.
type Table struct {
	head  []string
	rows  [][]field
	right []bool
}

// field is a cell in its two forms.
type field struct {
	text   string // for people
	plain  string // for programs
	tone   Tone
	number bool
}

// NewTable starts a table with the names of its columns.
func NewTable(head ...string) *Table { return &Table{head: head} }

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Row adds a row. A cell is a string, a [Cell], a whole number (shown with thousands), a [time.Duration], a [Size], or
// anything fmt can show. Cells that are missing are empty; cells beyond the header are dropped.
func (t *Table) Row(cells ...any) {
	row := make([]field, len(t.head))
	for i, c := range cells[:min(len(cells), len(row))] {
		row[i] = newField(c)
	}
	t.rows = append(t.rows, row)
}

func newField(v any) field {
	number := func(human, plain string) field { return field{text: human, plain: plain, number: true} }
	whole := func(n int64) field { return number(Count(n), strconv.FormatInt(n, 10)) }
	text := func(s string, tone Tone) field { return field{text: clip(s), plain: s, tone: tone} }
	switch v := v.(type) {
	case nil:
		return field{}
	case Cell:
		return text(v.Text, v.Tone)
	case string:
		return text(v, Plain)
	case int:
		return whole(int64(v))
	case int64:
		return whole(v)
	case Size:
		return number(Bytes(int64(v)), strconv.FormatInt(int64(v), 10))
	case time.Duration:
		return number(Duration(v), v.String())
	case int8, int16, int32, uint, uint8, uint16, uint32, uint64, float32, float64:
		s := fmt.Sprint(v)
		return number(s, s)
	}
	return text(fmt.Sprint(v), Plain)
}

// clip sanitises the first part of s, all that could ever be shown.
func clip(s string) string {
	if len(s) > maxCell {
		s = strings.ToValidUTF8(s[:maxCell], "") + "…"
	}
	return Sanitize(s)
}

// CSV writes the table for programs: a header and rows of comma-separated values (RFC 4180), numbers without commas
// and units, durations as Go writes them. Texts are whole but sanitised, so that a pipe into a terminal is harmless.
func (t *Table) CSV(o *Out) error {
	w := csv.NewWriter(o)
	record := make([]string, len(t.head))
	copy(record, t.head)
	_ = w.Write(record) // w.Error tells
	for _, row := range t.rows {
		for i, f := range row {
			record[i] = Sanitize(f.plain)
		}
		_ = w.Write(record)
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// Print writes the table for people. On a terminal the widest columns are cut, with … at the end, until a row fits
// the width; elsewhere nothing is cut.
func (t *Table) Print(o *Out) {
	widths := t.measure()
	if o.Terminal && o.Width > 0 {
		fit(widths, o.Width)
	}
	head := make([]field, len(t.head))
	for i, h := range t.head {
		head[i] = field{text: Sanitize(h), tone: Head}
	}
	t.line(o, widths, head)
	for _, row := range t.rows {
		t.line(o, widths, row)
	}
}

// measure finds the width of each column, and which are numbers throughout.
func (t *Table) measure() []int {
	widths := make([]int, len(t.head))
	t.right = make([]bool, len(t.head))
	for i, h := range t.head {
		widths[i] = lipgloss.Width(Sanitize(h))
		numbers := 0
		for _, row := range t.rows {
			widths[i] = max(widths[i], lipgloss.Width(row[i].text))
			if row[i].number {
				numbers++
			} else if row[i].text != "" {
				numbers = -len(t.rows) // one text makes it a column of texts
			}
		}
		t.right[i] = numbers > 0
	}
	return widths
}

// fit narrows the widest column, one step after the other, until all and the gaps between them take width columns or
// nothing more can be cut.
func fit(widths []int, width int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width; total-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if len(widths) == 0 || widths[widest] <= narrow {
			return
		}
		widths[widest]--
	}
}

func (t *Table) line(o *Out, widths []int, row []field) {
	var b strings.Builder
	blank := 0 // spaces owed: none is written at the end of a line
	for i, f := range row {
		text := cut(f.text, widths[i])
		gap := widths[i] - lipgloss.Width(text)
		if t.right[i] {
			blank, gap = blank+gap, 0
		}
		if text != "" {
			b.WriteString(strings.Repeat(" ", blank))
			b.WriteString(string(o.Paint(f.tone, text)))
			blank = 0
		}
		blank += gap + 2
	}
	b.WriteByte('\n')
	_, _ = o.Write([]byte(b.String())) // Flush tells
}

// cut shortens a sanitised text to width columns, the last one then an ellipsis.
func cut(s string, width int) string {
	if lipgloss.Width(s) <= width {
		return s
	}
	return lipgloss.NewStyle().Inline(true).MaxWidth(width-1).Render(s) + "…"
}
