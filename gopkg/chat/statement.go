package chat

import "errors"

// node is a part of a template that writes text, or changes what names mean.
type node interface{ run(r *run) error }

// errBreak and errContinue leave a turn of a loop.
var (
	errBreak    = errors.New("chat: break outside a loop")
	errContinue = errors.New("chat: continue outside a loop")
)

func runAll(r *run, nodes []node) error {
	for _, n := range nodes {
		if err := n.run(r); err != nil {
			return err
		}
	}
	return nil
}

type textNode string

func (n textNode) run(r *run) error { return r.write(0, string(n)) }

type printNode struct {
	shown expression
	line  int
}

func (n *printNode) run(r *run) error {
	v, err := n.shown.eval(r)
	if err != nil {
		return err
	}
	text, err := r.text(n.line, v)
	if err != nil {
		return err
	}
	return r.write(n.line, text)
}

type branch struct {
	condition expression
	body      []node
}

type ifNode struct {
	branches  []branch
	otherwise []node
}

func (n *ifNode) run(r *run) error {
	for _, b := range n.branches {
		v, err := b.condition.eval(r)
		if err != nil {
			return err
		}
		if truth(v) {
			return runAll(r, b.body)
		}
	}
	return runAll(r, n.otherwise)
}

type jumpNode string

func (n jumpNode) run(*run) error {
	if n == "break" {
		return errBreak
	}
	return errContinue
}

type forNode struct {
	names     []string
	over      expression
	only      expression // nil: all
	body      []node
	otherwise []node
	line      int
}

func (n *forNode) run(r *run) error {
	items, err := n.items(r)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return runAll(r, n.otherwise)
	}
	outer := r.scope
	defer func() { r.scope = outer }()
	state := &loop{items: items}
	for i, item := range items {
		if err := r.step(n.line); err != nil {
			return err
		}
		state.index = i
		r.scope = &scope{outer: outer}
		r.scope.set("loop", state)
		if err := assign(r, n.line, n.names, item); err != nil {
			return err
		}
		switch err := runAll(r, n.body); err {
		case nil, errContinue:
		case errBreak:
			return nil
		default:
			return err
		}
	}
	return nil
}

// items returns what the loop goes through, with those left out that its condition does.
func (n *forNode) items(r *run) ([]value, error) {
	v, err := n.over.eval(r)
	if err != nil {
		return nil, err
	}
	items, err := r.each(n.line, v)
	if err != nil || n.only == nil {
		return items, err
	}
	outer := r.scope
	defer func() { r.scope = outer }()
	var kept []value
	for _, item := range items {
		r.scope = &scope{outer: outer}
		if err := assign(r, n.line, n.names, item); err != nil {
			return nil, err
		}
		wanted, err := n.only.eval(r)
		if err != nil {
			return nil, err
		}
		if truth(wanted) {
			kept = append(kept, item)
		}
	}
	return kept, nil
}

// assign gives names a value: one name all of it, several its parts.
func assign(r *run, line int, names []string, v value) error {
	if len(names) == 1 {
		r.scope.set(names[0], v)
		return nil
	}
	parts, err := r.each(line, v)
	if err != nil {
		return err
	}
	if len(parts) != len(names) {
		return r.wrong(line, "%d values for %d names", len(parts), len(names))
	}
	for i, name := range names {
		r.scope.set(name, parts[i])
	}
	return nil
}

type setNode struct {
	space string // the namespace whose attribute is set; empty: none
	names []string
	from  expression
	line  int
}

func (n *setNode) run(r *run) error {
	v, err := n.from.eval(r)
	if err != nil {
		return err
	}
	if n.space == "" {
		return assign(r, n.line, n.names, v)
	}
	target, _ := r.scope.find(n.space)
	space, ok := target.(*namespace)
	if !ok {
		return r.wrong(n.line, "%q is no namespace", n.space)
	}
	if n.names[0][0] == '_' {
		return r.wrong(n.line, "a namespace keeps nothing called %q", n.names[0])
	}
	space.values[n.names[0]] = v
	return nil
}

type macroNode struct {
	name       string
	parameters []string
	defaults   []expression // of the last parameters
	body       []node
	line       int
}

func (n *macroNode) run(r *run) error {
	r.scope.set(n.name, &macro{n, r.scope})
	return nil
}

// blockNode is {% generation %}: it marks what an assistant said, and has a scope of its own.
type blockNode struct{ body []node }

func (n *blockNode) run(r *run) error {
	outer := r.scope
	defer func() { r.scope = outer }()
	r.scope = &scope{outer: outer}
	return runAll(r, n.body)
}
