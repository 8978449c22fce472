package cond

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"tocsin.example/internal/closure"
	"tocsin.example/internal/diag"
	"tocsin.example/internal/event"
)

// Limits of one expression.
const (
	// MaxSource is the longest expression in bytes. The longest of the public hub has 9,000.
	MaxSource = 128 << 10
	// MaxRegexp is the longest regular expression in bytes.
	MaxRegexp = 32 << 10
	// maxNodes bounds the syntax tree.
	maxNodes = 20_000
)

// Compiler turns the text of expressions into programs. It is for one goroutine; the programs are not.
type Compiler struct {
	schema   *event.Schema
	host     *Host
	helpers  map[string]*helper
	funcs    map[string]*builtin.Function // for all kinds but tests
	tests    map[string]*builtin.Function
	names    []string // of helpers and builtins, for suggestions
	fast     bool
	closures *closure.Compiler
}

// NewCompiler returns a compiler that numbers the fields it meets in schema and binds helpers to host. A nil host has
// no parts.
func NewCompiler(schema *event.Schema, host *Host) *Compiler {
	h := Host{}
	if host != nil {
		h = *host
	}
	if h.Now == nil {
		h.Now = time.Now
	}
	c := &Compiler{schema: schema, host: &h, helpers: map[string]*helper{}, funcs: map[string]*builtin.Function{}}
	for _, p := range helpersOf(&h) {
		c.helpers[p.name] = p
		c.funcs[p.name] = p.function()
		if !p.hidden() {
			c.names = append(c.names, p.name)
		}
	}
	for _, f := range sortedBuiltins() {
		c.funcs[f.Name] = f
	}
	for _, f := range builtin.Builtins {
		c.names = append(c.names, f.Name)
	}
	c.tests = maps.Clone(c.funcs)
	delete(c.funcs, "basename")
	return c
}

// Program is a compiled expression. It is immutable and may be evaluated by any number of goroutines, each with its own
// [Run].
type Program struct {
	src      diag.Text
	kind     Kind
	code     *vm.Program
	effects  Effects
	problems []diag.Problem
	guards   []Guard
	exact    bool       // the guards are all of it
	field    *event.Ref // all that the program does is to read this field; nil for any other, and without closures
	kept     *keptField // the same of an event that has no slots any more
	still    bool
	host     *Host
	quick    *closure.Program // nil when it runs on expr's machine
	slow     string           // why it does
}

// Source returns the text of the expression.
func (p *Program) Source() string { return p.src.Value }

// Place returns where the expression stands.
func (p *Program) Place() diag.Place { return p.src.At(0) }

// Effects returns what the expression does beside giving a value.
func (p *Program) Effects() Effects { return p.effects }

// Problems returns what will not work when the expression is evaluated although it compiles: helpers that are switched
// off or stand where they may not be used, data files that are not there.
func (p *Program) Problems() []diag.Problem { return p.problems }

// Compile checks and compiles an expression. Field names of evt are numbered in the schema. The error is a diag.Problem
// that points at the fault and says what to do.
func (c *Compiler) Compile(kind Kind, src diag.Text, want Want) (program *Program, err error) {
	text := src.Value
	defer func() {
		if x := recover(); x != nil { // expr was not made for hostile text
			program, err = nil, src.Problem(0, "write it another way", "the expression can not be compiled: %v", x)
		}
	}()
	if strings.TrimSpace(text) == "" {
		return nil, src.Problem(0, "write an expression, or remove the key", "the expression is empty")
	}
	if len(text) > MaxSource {
		return nil, src.Problem(0, "split it, or move lists into a data file",
			"the expression has %d bytes; the limit is %d", len(text), MaxSource)
	}
	f := fault{compiler: c, kind: kind, src: src}
	env, _ := envOf(kind)
	cfg := c.config(kind, env)
	tree, err := parser.ParseWithConfig(text, cfg)
	if err != nil {
		return nil, f.problem(err)
	}
	t := &walk{c: c, kind: kind, src: src}
	if p := t.before(&tree.Node); p != nil {
		return nil, *p
	}
	typ, err := checker.Check(tree, cfg)
	if err != nil {
		return nil, f.problem(err)
	}
	if p := f.wrongType(typ, want); p != nil {
		return nil, *p
	}
	guards, exact := c.guardsOf(kind, tree.Node)
	kept, still := keptFieldOf(tree.Node), isStill(&tree.Node)
	if p := t.after(&tree.Node); p != nil {
		return nil, *p
	}
	if err := optimizer.Optimize(&tree.Node, cfg); err != nil {
		return nil, f.problem(err)
	}
	code, err := compiler.Compile(tree, cfg)
	if err != nil {
		msg, _, _ := strings.Cut(err.Error(), "\n") // the rest is a stack
		return nil, src.Problem(0, "", "%s", msg)
	}
	program = &Program{src: src, kind: kind, code: code, effects: t.effects, problems: t.problems, guards: guards, exact: exact, still: still, host: c.host}
	if c.fast {
		program.kept = kept
	}
	c.quicken(program, tree, cfg)
	return program, nil
}

// config is what expr needs to know; its maps are shared and only read.
func (c *Compiler) config(kind Kind, env any) *conf.Config {
	cfg := conf.CreateNew()
	cfg.MaxNodes = maxNodes
	cfg.Functions = c.funcs
	if kind == KindTest {
		cfg.Functions = c.tests
	}
	cfg.WithEnv(env)
	return cfg
}

// wrongType reports a result that is statically known not to be what is wanted.
func (f *fault) wrongType(got reflect.Type, want Want) *diag.Problem {
	if got == nil || got.Kind() == reflect.Interface {
		return nil
	}
	if got.Kind() == reflect.Pointer {
		got = got.Elem()
	}
	var hint string
	switch {
	case want == WantBool && got.Kind() != reflect.Bool:
		hint = "compare it with something"
	case want == WantString && got.Kind() != reflect.String:
		hint = `convert it: Sprintf("%v", ...)`
	default:
		return nil
	}
	p := f.src.Problem(0, hint, "the expression must give %s, but gives %s", want, typeName(got))
	return &p
}

// typeName names a type for people who do not know Go.
func typeName(t reflect.Type) string {
	switch {
	case t == nil:
		return "nothing"
	case t == reflect.TypeFor[time.Time]():
		return "a time"
	case t == reflect.TypeFor[time.Duration]():
		return "a duration"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map:
		return "a map"
	case reflect.Struct, reflect.Pointer:
		return "an object"
	case reflect.Func:
		return "a function"
	case reflect.Interface:
		return "any value"
	}
	if strings.HasPrefix(t.Kind().String(), "int") || strings.HasPrefix(t.Kind().String(), "uint") ||
		strings.HasPrefix(t.Kind().String(), "float") {
		return "a number"
	}
	return fmt.Sprint(t)
}
