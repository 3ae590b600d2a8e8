package chat

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

type filterNode struct {
	of        expression
	name      string
	arguments arguments
	line      int
}

type filter func(r *run, v value, g *given) (value, error)

var filters map[string]filter

func init() {
	filters = map[string]filter{
		"trim":       trimFilter,
		"length":     lengthFilter,
		"count":      lengthFilter,
		"string":     func(r *run, v value, g *given) (value, error) { return r.textOnly(v, g) },
		"upper":      caseFilter(strings.ToUpper),
		"lower":      caseFilter(strings.ToLower),
		"capitalize": caseFilter(capitalize),
		"title":      caseFilter(titleWords),
		"default":    defaultFilter,
		"d":          defaultFilter,
		"replace":    replaceFilter,
		"join":       joinFilter,
		"first":      firstFilter,
		"last":       lastFilter,
		"list":       listFilter,
		"items":      itemsFilter,
		"reverse":    reverseFilter,
		"tojson":     jsonFilter,
		"map":        lazily(mapFilter),
		"select":     lazily(pick(false, true)),
		"reject":     lazily(pick(false, false)),
		"selectattr": lazily(pick(true, true)),
		"rejectattr": lazily(pick(true, false)),
	}
}

func (n *filterNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	v, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	g, err := n.arguments.eval(r, n.line, describe("filter", n.name))
	if err != nil {
		return nil, err
	}
	return r.filter(n.name, v, g)
}

func (r *run) filter(name string, v value, g *given) (value, error) {
	apply := filters[name]
	if apply == nil {
		return nil, &UnsupportedError{g.line, describe("filter", name)}
	}
	return apply(r, v, g)
}

func (r *run) textOnly(v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	return r.text(g.line, v)
}

func trimFilter(r *run, v value, g *given) (value, error) {
	text, err := r.text(g.line, v)
	if err != nil {
		return nil, err
	}
	if err := r.spend(g.line, len(text)); err != nil {
		return nil, err
	}
	return stringMethods["strip"](r, text, g)
}

func lengthFilter(r *run, v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), r.spend(g.line, len(v))
	case *list:
		if v.kind != lazyList {
			return int64(len(v.items)), nil
		}
	case *dict:
		return int64(len(v.keys)), nil
	case *undefined:
		return int64(0), nil
	}
	return nil, r.wrong(g.line, "%s has no length", typeName(v))
}

func caseFilter(change func(text string) string) filter {
	return func(r *run, v value, g *given) (value, error) {
		text, err := r.textOnly(v, g)
		if err != nil {
			return nil, err
		}
		if err := r.spend(g.line, len(text.(string))); err != nil {
			return nil, err
		}
		return r.changeCase(g, text.(string), change)
	}
}

// titleWords is the filter title, which is not the method: words begin behind white space and opening brackets only.
func titleWords(text string) string {
	out := []byte(strings.ToLower(text))
	begins := true
	for i, c := range out {
		if begins && c >= 'a' && c <= 'z' {
			out[i] = c - 'a' + 'A'
		}
		begins = isSpace(rune(c)) || strings.IndexByte("-({[<", c) >= 0
	}
	return string(out)
}

func defaultFilter(r *run, v value, g *given) (value, error) {
	bound, err := g.bind(0, []string{"default_value", "boolean"}, "", false)
	if err != nil {
		return nil, err
	}
	if _, missing := v.(*undefined); missing || truth(bound[1]) && !truth(v) {
		return bound[0], nil
	}
	return v, nil
}

func replaceFilter(r *run, v value, g *given) (value, error) {
	bound, err := g.bind(2, []string{"old", "new", "count"}, nil)
	if err != nil {
		return nil, err
	}
	var parts [3]string
	for i, part := range [3]value{v, bound[0], bound[1]} {
		if parts[i], err = r.text(g.line, part); err != nil {
			return nil, err
		}
	}
	if bound[2] == nil {
		bound[2] = int64(-1)
	}
	return r.replaced(g, parts[0], parts[1], parts[2], bound[2])
}

func joinFilter(r *run, v value, g *given) (value, error) {
	bound, err := g.bind(0, []string{"d", "attribute"}, "", nil)
	if err != nil {
		return nil, err
	}
	separator, err := r.text(g.line, bound[0])
	if err != nil {
		return nil, err
	}
	items, err := r.each(g.line, v)
	if err != nil {
		return nil, err
	}
	if bound[1] != nil {
		if items, err = r.attributes(g, items, bound[1], nil); err != nil {
			return nil, err
		}
	}
	return r.join(g, items, separator)
}

func firstFilter(r *run, v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	items, err := r.each(g.line, v)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return &undefined{"the first of nothing"}, nil
	}
	return items[0], nil
}

func lastFilter(r *run, v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	if l, ok := v.(*list); ok && l.kind == lazyList {
		return nil, r.wrong(g.line, "%s of a %s", g.of, typeName(v))
	}
	items, err := r.each(g.line, v)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return &undefined{"the last of nothing"}, nil
	}
	return items[len(items)-1], nil
}

func listFilter(r *run, v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	items, err := r.each(g.line, v)
	return &list{items: items}, err
}

func itemsFilter(r *run, v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	d, ok := v.(*dict)
	if _, missing := v.(*undefined); !ok && !missing {
		return nil, r.wrong(g.line, "%s of a %s", g.of, typeName(v))
	}
	var items []value
	if ok {
		for _, key := range d.keys {
			items = append(items, pair(key, d.values[key]))
		}
	}
	return &list{items: items, kind: lazyList}, r.spend(g.line, 64*len(items))
}

func reverseFilter(r *run, v value, g *given) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	if l, ok := v.(*list); ok && l.kind == lazyList {
		return nil, &UnsupportedError{g.line, g.of + " of a " + typeName(v)}
	}
	items, err := r.each(g.line, v)
	if err != nil {
		return nil, err
	}
	if err := r.spend(g.line, 16*len(items)); err != nil {
		return nil, err
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	if _, isText := v.(string); isText {
		return r.join(g, items, "")
	}
	return &list{items: items, kind: lazyList}, nil
}

func jsonFilter(r *run, v value, g *given) (value, error) {
	bound, err := g.bind(0, []string{"ensure_ascii", "indent"}, false, nil)
	if err != nil {
		return nil, err
	}
	indent, _, whole, ok := number(bound[1])
	switch {
	case truth(bound[0]):
		return nil, &UnsupportedError{g.line, "tojson with ensure_ascii"}
	case bound[1] == nil:
		indent = -1
	case !ok || !whole || indent < 0 || indent > 16:
		return nil, &UnsupportedError{g.line, "tojson with an indent that is not 0 to 16"}
	}
	j := &jsonWriter{run: r, line: g.line, indent: int(indent)}
	if err := j.value(v, 0); err != nil {
		return nil, err
	}
	return j.out.String(), nil
}

// lazily makes a list of what a filter gives one by one. In Python such a filter does nothing before it is asked for the first
// value, so it fails no earlier; and of what is false it gives nothing.
func lazily(of func(r *run, v value, g *given) ([]value, error)) filter {
	return func(r *run, v value, g *given) (value, error) {
		if !truth(v) {
			return &list{kind: lazyList}, nil
		}
		items, err := of(r, v, g)
		if errors.Is(err, ErrLimit) {
			return nil, err
		}
		return &list{items: items, kind: lazyList, fails: err}, nil
	}
}

// mapFilter gives an attribute of each item, or what a filter makes of each.
func mapFilter(r *run, v value, g *given) ([]value, error) {
	items, err := r.each(g.line, v)
	if err != nil {
		return nil, err
	}
	if attribute, found := g.named["attribute"]; found && len(g.positional) == 0 {
		bound, err := g.bind(1, []string{"attribute", "default"}, nil)
		if err != nil {
			return nil, err
		}
		return r.attributes(g, items, attribute, bound[1])
	}
	if len(g.positional) == 0 {
		return nil, r.wrong(g.line, "%s without a filter", g.of)
	}
	name, ok := g.positional[0].(string)
	if !ok {
		return nil, r.wrong(g.line, "%s by a %s", g.of, typeName(g.positional[0]))
	}
	inner := &given{positional: g.positional[1:], named: g.named, line: g.line, of: describe("filter", name)}
	made := make([]value, len(items))
	for i, item := range items {
		if err := r.step(g.line); err != nil {
			return nil, err
		}
		if made[i], err = r.filter(name, item, inner); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// attributes returns one attribute of each item.
func (r *run) attributes(g *given, items []value, attribute, fallback value) ([]value, error) {
	name, ok := attribute.(string)
	if !ok || strings.ContainsAny(name, ".,0123456789") {
		return nil, &UnsupportedError{g.line, g.of + " by an attribute that is not one name"}
	}
	found := make([]value, len(items))
	for i, item := range items {
		if err := r.step(g.line); err != nil {
			return nil, err
		}
		v, err := (&itemNode{constantNode{item}, constantNode{name}, g.line}).eval(r)
		if err != nil {
			return nil, err
		}
		if _, missing := v.(*undefined); missing && fallback != nil {
			v = fallback
		}
		found[i] = v
	}
	return found, nil
}

// pick is select, reject, selectattr or rejectattr: the items, or those with an attribute, that pass a test or do not.
func pick(byAttribute, keep bool) func(r *run, v value, g *given) ([]value, error) {
	return func(r *run, v value, g *given) ([]value, error) {
		items, err := r.each(g.line, v)
		if err != nil {
			return nil, err
		}
		examined, rest := items, g.positional
		if byAttribute {
			if len(rest) == 0 {
				return nil, r.wrong(g.line, "%s without an attribute", g.of)
			}
			if examined, err = r.attributes(g, items, rest[0], nil); err != nil {
				return nil, err
			}
			rest = rest[1:]
		}
		var kept []value
		for i, item := range examined {
			passes, err := r.passes(g, item, rest)
			if err != nil {
				return nil, err
			}
			if passes == keep {
				kept = append(kept, items[i])
			}
		}
		return kept, nil
	}
}

// passes applies the test that the first argument names, or takes an item for what it is.
func (r *run) passes(g *given, item value, rest []value) (bool, error) {
	if err := r.step(g.line); err != nil {
		return false, err
	}
	if len(rest) == 0 {
		return truth(item), nil
	}
	name, ok := rest[0].(string)
	if !ok {
		return false, r.wrong(g.line, "%s by a %s", g.of, typeName(rest[0]))
	}
	return r.test(name, item, &given{positional: rest[1:], named: g.named, line: g.line, of: describe("test", name)})
}
