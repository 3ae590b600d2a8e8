package chat

import (
	"fmt"
	"slices"
)

// arguments of a call, a filter or a test.
type arguments struct {
	positional []expression
	names      []string
	named      []expression
}

// given are arguments with their values.
type given struct {
	positional []value
	named      map[string]value
	line       int
	of         string // whose arguments they are, for messages
}

func (a *arguments) eval(r *run, line int, of string) (*given, error) {
	positional, err := evalAll(r, a.positional)
	if err != nil {
		return nil, err
	}
	g := &given{positional: positional, line: line, of: of}
	for i, name := range a.names {
		v, err := a.named[i].eval(r)
		if err != nil {
			return nil, err
		}
		if _, twice := g.named[name]; twice {
			return nil, r.wrong(line, "%s gets %q twice", of, name)
		}
		if g.named == nil {
			g.named = map[string]value{}
		}
		g.named[name] = v
	}
	return g, nil
}

// bind puts arguments in the order of parameters, the missing ones with their defaults; required ones have none. A parameter that
// is not in the list is unsupported: Python may know more of them than this package does.
func (g *given) bind(required int, parameters []string, defaults ...value) ([]value, error) {
	if len(g.positional) > len(parameters) {
		return nil, &UnsupportedError{g.line, fmt.Sprintf("%s with %d arguments", g.of, len(g.positional))}
	}
	for name := range g.named {
		if !slices.Contains(parameters, name) {
			return nil, &UnsupportedError{g.line, fmt.Sprintf("%s with argument %q", g.of, name)}
		}
	}
	bound := slices.Clone(g.positional)
	for i := len(bound); i < len(parameters); i++ {
		v, named := g.named[parameters[i]]
		switch {
		case named:
		case i < required:
			return nil, &InvalidError{Line: g.line, Reason: fmt.Sprintf("%s without %q", g.of, parameters[i])}
		default:
			v = defaults[i-required]
		}
		bound = append(bound, v)
	}
	for _, name := range parameters[:len(g.positional)] {
		if _, twice := g.named[name]; twice {
			return nil, &InvalidError{Line: g.line, Reason: fmt.Sprintf("%s gets %q twice", g.of, name)}
		}
	}
	return bound, nil
}

type callNode struct {
	of        expression
	arguments arguments
	line      int
}

func (n *callNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	callee, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	name := typeName(callee)
	switch callee := callee.(type) {
	case builtin:
		name = string(callee)
	case *method:
		name = "method " + callee.name
	case *macro:
		name = "macro " + callee.node.name
	}
	g, err := n.arguments.eval(r, n.line, name)
	if err != nil {
		return nil, err
	}
	switch callee := callee.(type) {
	case builtin:
		return r.builtin(callee, g)
	case *method:
		return r.method(callee, g)
	case *macro:
		return r.macro(callee, g)
	}
	return nil, r.wrong(n.line, "%s cannot be called", name)
}

// macro runs a macro and returns what it wrote.
func (r *run) macro(m *macro, g *given) (value, error) {
	if err := r.enterCall(g.line); err != nil {
		return nil, err
	}
	defer r.leaveCall()
	n := m.node
	if len(g.positional) > len(n.parameters) {
		return nil, r.wrong(g.line, "%s takes %d arguments, not %d", g.of, len(n.parameters), len(g.positional))
	}
	for name := range g.named {
		if at := slices.Index(n.parameters, name); at < len(g.positional) {
			return nil, r.wrong(g.line, "%s cannot take %q", g.of, name)
		}
	}
	inner := &scope{outer: m.scope}
	return r.capture(inner, func() error {
		for i, parameter := range n.parameters {
			v, err := n.argument(r, i, g)
			if err != nil {
				return err
			}
			inner.set(parameter, v)
		}
		return runAll(r, n.body)
	})
}

// argument is what a macro's parameter stands for in a call.
func (n *macroNode) argument(r *run, i int, g *given) (value, error) {
	if i < len(g.positional) {
		return g.positional[i], nil
	}
	if v, named := g.named[n.parameters[i]]; named {
		return v, nil
	}
	if at := i - (len(n.parameters) - len(n.defaults)); at >= 0 {
		return n.defaults[at].eval(r)
	}
	return &undefined{n.parameters[i]}, nil
}

func (r *run) builtin(name builtin, g *given) (value, error) {
	switch name {
	case "range":
		return r.rangeOf(g)
	case "namespace":
		return r.namespace(g)
	case "raise_exception":
		bound, err := g.bind(1, []string{"message"})
		if err != nil {
			return nil, err
		}
		message, err := r.text(g.line, bound[0])
		if err != nil {
			return nil, err
		}
		return nil, &RefusedError{g.line, message}
	}
	bound, err := g.bind(1, []string{"format"})
	if err != nil {
		return nil, err
	}
	format, ok := bound[0].(string)
	if !ok {
		return nil, r.wrong(g.line, "strftime_now with a %s", typeName(bound[0]))
	}
	return strftime(g.line, r.now(), format)
}

func (r *run) rangeOf(g *given) (value, error) {
	bounds := [3]int64{0, 0, 1}
	if len(g.named) > 0 || len(g.positional) == 0 || len(g.positional) > 3 {
		return nil, r.wrong(g.line, "range takes one to three ints")
	}
	for i, v := range g.positional {
		whole, _, isWhole, ok := number(v)
		if !ok || !isWhole {
			return nil, r.wrong(g.line, "range of a %s", typeName(v))
		}
		bounds[i] = whole
	}
	if len(g.positional) == 1 {
		bounds[0], bounds[1] = 0, bounds[0]
	}
	first, end, step := bounds[0], bounds[1], bounds[2]
	if step == 0 {
		return nil, r.wrong(g.line, "range in steps of 0")
	}
	var items []value
	for i := first; step > 0 && i < end || step < 0 && i > end; {
		if len(items) == maxRange {
			return nil, &LimitError{g.line, "numbers in a range", maxRange}
		}
		items = append(items, i)
		next := i + step
		if (next > i) != (step > 0) {
			break // past the last int there is
		}
		i = next
	}
	return &list{items: items, kind: rangeList}, r.spend(g.line, 16*len(items))
}

func (r *run) namespace(g *given) (value, error) {
	space := &namespace{map[string]value{}}
	if len(g.positional) > 1 {
		return nil, r.wrong(g.line, "namespace takes one dict")
	}
	if len(g.positional) == 1 {
		d, ok := g.positional[0].(*dict)
		if !ok {
			return nil, &UnsupportedError{g.line, "namespace of a " + typeName(g.positional[0])}
		}
		for key, v := range d.values {
			space.values[key] = v
		}
	}
	for name, v := range g.named {
		space.values[name] = v
	}
	for name := range space.values {
		if name != "" && name[0] == '_' {
			return nil, r.wrong(g.line, "a namespace keeps nothing called %q", name)
		}
	}
	return space, nil
}
