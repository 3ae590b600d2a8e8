package chat

import (
	"fmt"
	"slices"
	"strings"
)

// pythonAttributes are the names that Python's types know. A template that asks for one of them gets it here as well, or is refused.
var pythonAttributes = map[string][]string{
	"str": strings.Fields("capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit " +
		"isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex " +
		"rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill"),
	"dict":  strings.Fields("clear copy fromkeys get items keys pop popitem setdefault update values"),
	"list":  strings.Fields("append clear copy count extend index insert pop remove reverse sort"),
	"tuple": strings.Fields("count index"),
	"range": strings.Fields("count index start step stop"),
	"bool":  strings.Fields("as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes"),
	"int":   strings.Fields("as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes"),
	"float": strings.Fields("as_integer_ratio conjugate fromhex hex imag is_integer real"),
}

// attribute is Python's getattr(v, name): a method, or a part of a loop or namespace. Items of a dict are not its business.
func (r *run) attribute(line int, v value, name string) (found value, ok bool, err error) {
	if strings.HasPrefix(name, "_") {
		return nil, false, &UnsupportedError{line, fmt.Sprintf("attribute %q", name)}
	}
	switch v := v.(type) {
	case nil:
		return nil, false, nil
	case *undefined:
		return nil, false, r.wrong(line, "%s has no %q", typeName(v), name)
	case *loop:
		return v.attribute(line, name)
	case *namespace:
		found, ok := v.values[name]
		return found, ok, nil
	case string:
		if stringMethods[name] != nil {
			return &method{v, name}, true, nil
		}
	case *dict:
		if dictMethods[name] != nil {
			return &method{v, name}, true, nil
		}
	case *list:
		if v.kind >= viewList {
			return nil, false, &UnsupportedError{line, "an attribute of a " + typeName(v)}
		}
	case bool, int64, float64:
	default:
		return nil, false, &UnsupportedError{line, "an attribute of a " + typeName(v)}
	}
	if slices.Contains(pythonAttributes[typeName(v)], name) {
		return nil, false, &UnsupportedError{line, fmt.Sprintf("attribute %q of a %s", name, typeName(v))}
	}
	return nil, false, nil
}

func (l *loop) attribute(line int, name string) (value, bool, error) {
	count, index := int64(len(l.items)), int64(l.index)
	switch name {
	case "index":
		return index + 1, true, nil
	case "index0":
		return index, true, nil
	case "revindex":
		return count - index, true, nil
	case "revindex0":
		return count - index - 1, true, nil
	case "first":
		return index == 0, true, nil
	case "last":
		return index == count-1, true, nil
	case "length":
		return count, true, nil
	case "previtem":
		if index > 0 {
			return l.items[index-1], true, nil
		}
		return &undefined{"there is no previous item"}, true, nil
	case "nextitem":
		if index < count-1 {
			return l.items[index+1], true, nil
		}
		return &undefined{"there is no next item"}, true, nil
	}
	return nil, false, &UnsupportedError{line, fmt.Sprintf("loop.%s", name)}
}

type dictMethod func(r *run, d *dict, g *given) (value, error)

var dictMethods map[string]dictMethod

func init() {
	dictMethods = map[string]dictMethod{
		"get": func(r *run, d *dict, g *given) (value, error) {
			bound, err := g.bind(1, []string{"key", "default"}, nil)
			if err != nil {
				return nil, err
			}
			if !hashable(bound[0]) {
				return nil, r.wrong(g.line, "%s cannot be a key", typeName(bound[0]))
			}
			if key, ok := bound[0].(string); ok {
				if v, found := d.values[key]; found {
					return v, nil
				}
			}
			return bound[1], nil
		},
		"keys": func(r *run, d *dict, g *given) (value, error) {
			return r.view(d, g, func(key string) value { return key })
		},
		"values": func(r *run, d *dict, g *given) (value, error) {
			return r.view(d, g, func(key string) value { return d.values[key] })
		},
		"items": func(r *run, d *dict, g *given) (value, error) {
			return r.view(d, g, func(key string) value { return pair(key, d.values[key]) })
		},
	}
}

func pair(key string, v value) *list { return &list{items: []value{key, v}, kind: tupleList} }

func (r *run) view(d *dict, g *given, of func(key string) value) (value, error) {
	if _, err := g.bind(0, nil); err != nil {
		return nil, err
	}
	if err := r.spend(g.line, 64*len(d.keys)); err != nil {
		return nil, err
	}
	items := make([]value, len(d.keys))
	for i, key := range d.keys {
		items[i] = of(key)
	}
	return &list{items: items, kind: viewList}, nil
}

// method calls a method of a text or dict.
func (r *run) method(m *method, g *given) (value, error) {
	if d, ok := m.receiver.(*dict); ok {
		return dictMethods[m.name](r, d, g)
	}
	text := m.receiver.(string)
	if err := r.spend(g.line, len(text)); err != nil {
		return nil, err
	}
	return stringMethods[m.name](r, text, g)
}
