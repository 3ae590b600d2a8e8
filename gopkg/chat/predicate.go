package chat

type testNode struct {
	of        expression
	name      string
	arguments arguments
	line      int
}

func (n *testNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	v, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	g, err := n.arguments.eval(r, n.line, describe("test", n.name))
	if err != nil {
		return nil, err
	}
	return r.test(n.name, v, g)
}

// kindTests ask what a value is.
var kindTests = map[string]func(v value) bool{
	"defined":   func(v value) bool { _, missing := v.(*undefined); return !missing },
	"undefined": func(v value) bool { _, missing := v.(*undefined); return missing },
	"none":      func(v value) bool { return v == nil },
	"true":      func(v value) bool { return v == true },
	"false":     func(v value) bool { return v == false },
	"boolean":   func(v value) bool { _, ok := v.(bool); return ok },
	"integer":   func(v value) bool { _, ok := v.(int64); return ok },
	"float":     func(v value) bool { _, ok := v.(float64); return ok },
	"number":    func(v value) bool { _, _, _, ok := number(v); return ok },
	"string":    func(v value) bool { _, ok := v.(string); return ok },
	"mapping":   func(v value) bool { _, ok := v.(*dict); return ok },
	"iterable":  isIterable,
	"sequence":  isSequence,
}

func isIterable(v value) bool {
	switch v.(type) {
	case string, *list, *dict, *undefined, *loop:
		return true
	}
	return false
}

// isSequence: what has a length and places, as Jinja finds out; a missing value has both.
func isSequence(v value) bool {
	switch v := v.(type) {
	case string, *dict, *undefined:
		return true
	case *list:
		return v.kind < viewList
	}
	return false
}

// comparisonTests are operators under a name.
var comparisonTests = map[string]string{
	"eq": "==", "equalto": "==", "==": "==", "ne": "!=", "!=": "!=", "lt": "<", "lessthan": "<", "<": "<", "le": "<=", "<=": "<=",
	"gt": ">", "greaterthan": ">", ">": ">", "ge": ">=", ">=": ">=", "in": "in",
}

func (r *run) test(name string, v value, g *given) (bool, error) {
	if test := kindTests[name]; test != nil {
		_, err := g.bind(0, nil)
		return test(v), err
	}
	if operator := comparisonTests[name]; operator != "" {
		bound, err := g.bind(1, []string{"other"})
		if err != nil {
			return false, err
		}
		return r.compare(g.line, operator, v, bound[0])
	}
	if name != "odd" && name != "even" {
		return false, &UnsupportedError{g.line, describe("test", name)}
	}
	if _, err := g.bind(0, nil); err != nil {
		return false, err
	}
	whole, _, isWhole, ok := number(v)
	if !ok || !isWhole {
		return false, r.wrong(g.line, "%s of a %s", g.of, typeName(v))
	}
	return (whole%2 != 0) == (name == "odd"), nil
}
