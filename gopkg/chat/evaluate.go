package chat

import (
	"fmt"
	"unicode/utf8"
)

// expression is a part of a template that has a value.
type expression interface{ eval(r *run) (value, error) }

type constantNode struct{ value value }

func (n constantNode) eval(*run) (value, error) { return n.value, nil }

type nameNode struct {
	name string
	line int
}

// notRendered are names that Python's templates find ready and that are refused here.
var notRendered = map[string]bool{
	"dict": true, "lipsum": true, "cycler": true, "joiner": true, "self": true, "super": true, "caller": true, "varargs": true, "kwargs": true,
	"additional_special_tokens": true, "extra_special_tokens": true,
}

func (n *nameNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	if v, found := r.scope.find(n.name); found {
		return v, nil
	}
	if v, found := r.globals[n.name]; found {
		return v, nil
	}
	switch {
	case n.name == "range", n.name == "namespace", n.name == "raise_exception", n.name == "strftime_now":
		return builtin(n.name), nil
	case notRendered[n.name]:
		return nil, &UnsupportedError{n.line, fmt.Sprintf("name %q", n.name)}
	case r.missing[n.name]:
		return nil, &UnsupportedError{n.line, fmt.Sprintf("%q without a value in tokenizer_config.json", n.name)}
	}
	return &undefined{n.name}, nil
}

type listNode struct {
	items []expression
	kind  listKind
}

func (n *listNode) eval(r *run) (value, error) {
	items, err := evalAll(r, n.items)
	return &list{items: items, kind: n.kind}, err
}

func evalAll(r *run, expressions []expression) ([]value, error) {
	if err := r.spend(0, 16*len(expressions)); err != nil {
		return nil, err
	}
	values := make([]value, len(expressions))
	for i, e := range expressions {
		var err error
		if values[i], err = e.eval(r); err != nil {
			return nil, err
		}
	}
	return values, nil
}

type dictNode struct {
	keys, values []expression
	line         int
}

func (n *dictNode) eval(r *run) (value, error) {
	d := newDict()
	for i := range n.keys {
		k, err := n.keys[i].eval(r)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, &UnsupportedError{n.line, "a dict key that is a " + typeName(k)}
		}
		v, err := n.values[i].eval(r)
		if err != nil {
			return nil, err
		}
		d.set(key, v)
	}
	return d, r.spend(n.line, 64*len(n.keys))
}

// capturedNode is the body of a set block as a text.
type capturedNode struct{ body []node }

func (n *capturedNode) eval(r *run) (value, error) {
	return r.capture(&scope{outer: r.scope}, func() error { return runAll(r, n.body) })
}

type choiceNode struct {
	condition, yes expression
	no             expression // nil: undefined
}

func (n *choiceNode) eval(r *run) (value, error) {
	condition, err := n.condition.eval(r)
	switch {
	case err != nil:
		return nil, err
	case truth(condition):
		return n.yes.eval(r)
	case n.no == nil:
		return &undefined{"an if without else"}, nil
	}
	return n.no.eval(r)
}

type logicNode struct {
	left, right expression
	or          bool
}

func (n *logicNode) eval(r *run) (value, error) {
	left, err := n.left.eval(r)
	if err != nil || truth(left) == n.or {
		return left, err
	}
	return n.right.eval(r)
}

type notNode struct{ of expression }

func (n *notNode) eval(r *run) (value, error) {
	v, err := n.of.eval(r)
	return !truth(v), err
}

type attributeNode struct {
	of   expression
	name string
	line int
}

func (n *attributeNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	of, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	if v, found, err := r.attribute(n.line, of, n.name); found || err != nil {
		return v, err
	}
	if d, ok := of.(*dict); ok {
		if v, found := d.values[n.name]; found {
			return v, nil
		}
	}
	return &undefined{n.name}, nil
}

type itemNode struct {
	of, index expression
	line      int
}

// eval looks for an item first and, for a text, for an attribute then, as Jinja does.
func (n *itemNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	of, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	index, err := n.index.eval(r)
	if err != nil {
		return nil, err
	}
	if name, ok := index.(string); ok {
		if d, ok := of.(*dict); ok {
			if v, found := d.values[name]; found {
				return v, nil
			}
		}
		if v, found, err := r.attribute(n.line, of, name); found || err != nil {
			return v, err
		}
		return &undefined{name}, nil
	}
	return r.item(n.line, of, index)
}

// item is v[index] for an index that is no text.
func (r *run) item(line int, of, index value) (value, error) {
	place, _, whole, isNumber := number(index)
	switch of := of.(type) {
	case *undefined:
		return nil, r.wrong(line, "%s has no items", typeName(of))
	case *list:
		if of.kind >= viewList {
			return nil, &UnsupportedError{line, "an item of a " + typeName(of)}
		}
		if at, ok := within(place, len(of.items)); ok && whole && isNumber {
			return of.items[at], nil
		}
	case string:
		if err := r.spend(line, len(of)); err != nil {
			return nil, err
		}
		if at, ok := within(place, utf8.RuneCountInString(of)); ok && whole && isNumber {
			return string([]rune(of)[at]), nil
		}
	case *dict, nil, bool, int64, float64:
	default:
		return nil, &UnsupportedError{line, "an item of a " + typeName(of)}
	}
	return &undefined{"item"}, nil
}

// within resolves an index that counts from the end.
func within(index int64, length int) (int, bool) {
	if index < 0 {
		index += int64(length)
	}
	return int(index), index >= 0 && index < int64(length)
}

type sliceNode struct {
	of     expression
	bounds [3]expression // start, stop, step; nil where left out
	line   int
}

func (n *sliceNode) eval(r *run) (value, error) {
	of, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	var bounds [3]*int64
	for i, e := range n.bounds {
		if e == nil {
			continue
		}
		v, err := e.eval(r)
		if err != nil {
			return nil, err
		}
		if v == nil {
			continue
		}
		whole, _, isWhole, ok := number(v)
		if !ok || !isWhole {
			return nil, r.wrong(n.line, "a slice from or to a %s", typeName(v))
		}
		bounds[i] = &whole
	}
	return r.slice(n.line, of, bounds)
}

func (r *run) slice(line int, of value, bounds [3]*int64) (value, error) {
	switch of := of.(type) {
	case *list:
		if of.kind == plainList || of.kind == tupleList {
			items, err := sliced(r, line, of.items, bounds)
			return &list{items: items, kind: of.kind}, err
		}
	case string:
		if err := r.spend(line, 4*len(of)); err != nil {
			return nil, err
		}
		runes, err := sliced(r, line, []rune(of), bounds)
		return string(runes), err
	case *undefined:
		return nil, r.wrong(line, "%s has no items", typeName(of))
	}
	return nil, &UnsupportedError{line, "a slice of a " + typeName(of)}
}

// sliced is Python's items[start:stop:step].
func sliced[T any](r *run, line int, items []T, bounds [3]*int64) ([]T, error) {
	step := int64(1)
	if bounds[2] != nil {
		step = *bounds[2]
	}
	if step == 0 {
		return nil, r.wrong(line, "a slice in steps of 0")
	}
	length := int64(len(items))
	low, high := int64(0), length // what start and stop are held between
	if step < 0 {
		low, high = -1, length-1
	}
	start, stop := low, high
	if step < 0 {
		start, stop = high, low
	}
	if bounds[0] != nil {
		start = clampIndex(*bounds[0], length, low, high)
	}
	if bounds[1] != nil {
		stop = clampIndex(*bounds[1], length, low, high)
	}
	step = max(-length-1, min(step, length+1)) // as far as any step goes
	var kept []T
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		kept = append(kept, items[i])
	}
	return kept, r.spend(line, 16*len(kept))
}

func clampIndex(index, length, low, high int64) int64 {
	if index < 0 {
		index += length
	}
	return max(low, min(index, high))
}
