package closure

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/expr-lang/expr/ast"

	"tocsin.example/internal/event"
)

// fileSets are the data files as closures search them, made when they are first asked for and again when a file was
// loaded again. Programs that look at a file in the same way share a set.
type fileSets struct {
	files Files
	made  sync.Map // fileKey to *lineSet or *patternSet
}

type fileKey struct{ file, how string }

// lineSet is a file of lines, of which some may be found in a text.
type lineSet struct {
	rows  *string // the first line: another means that the file was loaded again
	size  int
	steps []int // what the predicate pays for its element at each line, all lines before it included
	tries []int // how often the text has been evaluated, at each line
	find  finder
}

// shape is a predicate over the lines of a file that asks whether a text and the line, or what a helper makes of it,
// stand in a relation.
type shape struct {
	op     string    // contains, startsWith, endsWith or ==
	text   code      // the text, the same for every line
	makers []*Helper // what is made of the line, innermost first
	long   bool      // only lines that are longer than
	than   int       // so many runes
	how    string    // all of it but the text, as a name

	last *atomic.Pointer[lineSet] // the set that was used before
}

// name is what a set depends on beside the file.
func (s *shape) name() string {
	names := []string{s.op}
	for _, h := range s.makers {
		names = append(names, h.Name)
	}
	if s.long {
		names = append(names, "longer than", strconv.Itoa(s.than))
	}
	return strings.Join(names, " ")
}

// anyInFile covers any(File(f), {X contains #}) and its kin by one search of X for all lines at once.
func (f *compiler) anyInFile(n *ast.BuiltinNode) (code, bool) {
	if n.Name != "any" || len(n.Arguments) != 2 {
		return code{}, false
	}
	loop, ok := n.Arguments[0].(*ast.CallNode)
	if !ok || calleeOf(loop) != LoopName {
		return code{}, false
	}
	name, ok := fileName(loop.Arguments[1])
	heavy, constant := loop.Arguments[2].(*ast.BoolNode)
	p, predicate := n.Arguments[1].(*ast.PredicateNode)
	if !ok || !constant || !predicate {
		return code{}, false
	}
	f.loops = append(f.loops, loopText)
	shapes, ok := f.shapes(p.Node)
	f.loops = f.loops[:len(f.loops)-1]
	if !ok {
		return code{}, false
	}
	sets, where, heavyLoop := f.c.sets, at(loop), heavy.Value
	return boolCode(func(r *Frame) bool {
		r.pay(where, 16) // for File
		weight := r.Weight / 16
		if heavyLoop {
			weight = r.Weight
		}
		rows, _ := sets.files.Lines(name)
		r.pay(where, len(rows)*(16+weight))
		return sets.any(r, name, rows, shapes, where)
	}), true
}

// any reports whether one of the shapes holds for a line, and takes the steps that going from line to line would.
//
// hot:
func (x *fileSets) any(r *Frame, name string, rows []string, shapes []*shape, where int) bool {
	first, by := len(rows), len(shapes) // the line, and the shape that holds for it
	var sets [maxShapes]*lineSet
	var more [maxShapes]int
	for i, s := range shapes {
		set := x.lines(name, rows, s)
		sets[i] = set
		if set.tries[set.size] == 0 {
			continue
		}
		// Evaluating the text takes the same steps each time; how often is known only later.
		left := r.Left
		r.Left = math.MaxInt64 / 2
		text := s.text.s(r)
		more[i] = int(math.MaxInt64/2 - r.Left)
		r.Left = left
		if line := set.find.first(text); line >= 0 && line < first {
			first, by = line, i
		}
	}
	for i := range shapes {
		n := min(first, len(rows))
		if i <= by && first < len(rows) {
			n++
		}
		r.pay(where, more[i]*sets[i].tries[n]+sets[i].steps[n])
	}
	return by < len(shapes)
}

// maxShapes bounds the alternatives of a predicate that are covered.
const maxShapes = 4

// shapes reads a predicate that is one shape or some of them joined by or.
func (f *compiler) shapes(n ast.Node) ([]*shape, bool) {
	if b, ok := n.(*ast.BinaryNode); ok && (b.Operator == "or" || b.Operator == "||") {
		left, ok := f.shapes(b.Left)
		if !ok {
			return nil, false
		}
		right, ok := f.shapes(b.Right)
		return append(left, right...), ok && len(left)+len(right) <= maxShapes
	}
	s := &shape{last: &atomic.Pointer[lineSet]{}}
	ok := f.shapeOf(n, s)
	s.how = s.name()
	return []*shape{s}, ok
}

func calleeOf(n *ast.CallNode) string {
	if id, ok := n.Callee.(*ast.IdentifierNode); ok {
		return id.Value
	}
	return ""
}

// fileName returns the file of File("name").
func fileName(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallNode)
	if !ok || calleeOf(call) != "File" || len(call.Arguments) != 2 {
		return "", false
	}
	s, ok := call.Arguments[1].(*ast.StringNode)
	if !ok {
		return "", false
	}
	return s.Value, true
}

// shapeOf reads a predicate.
func (f *compiler) shapeOf(n ast.Node, s *shape) bool {
	b, ok := n.(*ast.BinaryNode)
	if !ok {
		return false
	}
	if b.Operator == "&&" || b.Operator == "and" {
		if s.long || !longer(b.Left, s) {
			return false
		}
		return f.shapeOf(b.Right, s)
	}
	s.op = b.Operator
	switch s.op {
	case "contains", "startsWith", "endsWith":
		return f.textOf(b.Left, s) && f.lineOf(b.Right, s)
	case "==":
		mark := *s
		if f.textOf(b.Left, s) && f.lineOf(b.Right, s) {
			return true
		}
		*s = mark
		return f.lineOf(b.Left, s) && f.textOf(b.Right, s)
	}
	return false
}

// longer reads len(#) > 0.
func longer(n ast.Node, s *shape) bool {
	b, ok := n.(*ast.BinaryNode)
	if !ok || b.Operator != ">" {
		return false
	}
	length, ok := b.Left.(*ast.BuiltinNode)
	than, constant := b.Right.(*ast.IntegerNode)
	if !ok || !constant || length.Name != "len" || len(length.Arguments) != 1 || !isLine(length.Arguments[0]) {
		return false
	}
	if than.Value < 0 || than.Value > 9 {
		return false
	}
	s.long, s.than = true, than.Value
	return true
}

func isLine(n ast.Node) bool {
	p, ok := n.(*ast.PointerNode)
	return ok && p.Name == ""
}

// lineOf reads # or what helpers make of it.
func (f *compiler) lineOf(n ast.Node, s *shape) bool {
	if isLine(n) {
		return true
	}
	call, ok := n.(*ast.CallNode)
	if !ok || len(call.Arguments) != 2 {
		return false
	}
	h := f.c.helpers[calleeOf(call)]
	if h == nil || textMakers[h.Name] == nil || !f.lineOf(call.Arguments[1], s) {
		return false
	}
	s.makers = append(s.makers, h)
	return true
}

// textOf reads a text that does not depend on the line and can not fail: a field, or what helpers make of one.
func (f *compiler) textOf(n ast.Node, s *shape) bool {
	inner := n
	for {
		call, ok := inner.(*ast.CallNode)
		if !ok {
			break
		}
		if textMakers[calleeOf(call)] == nil || len(call.Arguments) != 2 {
			return false
		}
		inner = call.Arguments[1]
	}
	m, ok := inner.(*ast.MemberNode)
	if !ok {
		return false
	}
	if _, ok := spaceByName[f.partOfEvt(m.Node)]; !ok && f.partOfEvt(m.Node) != "Line" {
		return false
	}
	if c := f.compile(m); c.typ != typString || !c.plain {
		return false
	}
	s.text = f.compile(n)
	return s.text.typ == typString
}

// lines returns the set of a file, which has these lines now, for a shape.
//
// hot:
func (x *fileSets) lines(name string, rows []string, s *shape) *lineSet {
	if set := s.last.Load(); set.has(rows) {
		return set
	}
	key := fileKey{name, s.how}
	if v, ok := x.made.Load(key); ok {
		if set, _ := v.(*lineSet); set.has(rows) {
			s.last.Store(set)
			return set
		}
	}
	set := newLineSet(rows, s)
	x.made.Store(key, set)
	s.last.Store(set)
	return set
}

// has reports whether the set, which may be nil, was made of these very lines.
func (set *lineSet) has(rows []string) bool {
	return set != nil && set.size == len(rows) && set.rows == firstIn(rows)
}

// firstIn tells lists apart by where they are; nil for an empty one.
func firstIn[T any](list []T) *T {
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

func newLineSet(rows []string, s *shape) *lineSet {
	set := &lineSet{
		rows: firstIn(rows), size: len(rows), steps: make([]int, len(rows)+1), tries: make([]int, len(rows)+1),
	}
	var texts []string
	var numbers []int
	for i, line := range rows {
		set.steps[i+1], set.tries[i+1] = set.steps[i], set.tries[i]
		if s.long && len([]rune(line)) <= s.than {
			continue
		}
		set.tries[i+1]++
		for _, h := range s.makers {
			set.steps[i+1] += len(line) + 1
			line = textMakers[h.Name](&event.Scratch{}, line)
			set.steps[i+1] += len(line) + 1
		}
		texts, numbers = append(texts, line), append(numbers, i)
	}
	set.find = newFinder(s.op, texts, numbers)
	return set
}

// inFile covers X in File("name") by a set.
func (f *compiler) inFile(left code, n *ast.CallNode) (code, bool) {
	name, ok := fileName(n)
	if !ok || left.typ != typString {
		return code{}, false
	}
	sets, s, place := f.c.sets, left.s, at(n)
	same := &shape{op: "==", how: "==", last: &atomic.Pointer[lineSet]{}}
	return boolCode(func(r *Frame) bool {
		x := s(r)
		r.pay(place, 16)
		rows, _ := sets.files.Lines(name)
		return sets.lines(name, rows, same).find.first(x) >= 0
	}), true
}
