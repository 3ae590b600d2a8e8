package chat

import (
	"math"
	"slices"
	"strconv"
)

// value is what an expression gives: nil (Python's None), bool, int64, float64, string, *list, *dict, *undefined, *namespace,
// *macro, *method, builtin or *loop.
type value any

// listKind is which of Python's kinds of list a list is.
type listKind uint8

const (
	plainList listKind = iota
	tupleList
	rangeList
	viewList // of a dict's keys, values or items: no places
	lazyList // what a filter such as map gives one by one, and only once: no places and no length
)

// list is anything of Python's that gives values in order.
type list struct {
	items []value
	kind  listKind
	used  bool  // a lazyList that has given its values
	fails error // what happens when a lazyList is asked for its values
}

// dict keeps the order in which keys came.
type dict struct {
	keys   []string
	values map[string]value
}

func newDict() *dict { return &dict{values: map[string]value{}} }

func (d *dict) set(key string, v value) {
	if _, known := d.values[key]; !known {
		d.keys = append(d.keys, key)
	}
	d.values[key] = v
}

// undefined is a name, key or index that is not there. It prints as nothing, is false and empty, and fails in any other use.
type undefined struct{ name string }

// namespace is what a template keeps values in that outlive a loop.
type namespace struct{ values map[string]value }

// macro is a function of the template, with the scope it was defined in.
type macro struct {
	node  *macroNode
	scope *scope
}

// method is a function of a value, before it is called.
type method struct {
	receiver value
	name     string
}

// builtin is the name of a function that templates find ready.
type builtin string

// loop is the state of a for loop, under its name.
type loop struct {
	items []value
	index int
}

// typeName is Python's name for the type of a value, for messages.
func typeName(v value) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case *list:
		return [...]string{"list", "tuple", "range", "view of a dict", "generator"}[v.kind]
	case *dict:
		return "dict"
	case *undefined:
		return "undefined value " + strconv.Quote(v.name)
	case *namespace:
		return "namespace"
	case *loop:
		return "loop"
	}
	return "function"
}

// hashable values may be asked for among the keys of a dict.
func hashable(v value) bool {
	switch v := v.(type) {
	case *dict:
		return false
	case *list:
		if v.kind == tupleList {
			return !slices.ContainsFunc(v.items, func(item value) bool { return !hashable(item) })
		}
		return v.kind != plainList && v.kind != viewList
	}
	return true
}

// truth is Python's bool(v).
func truth(v value) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case *list:
		return v.kind == lazyList || len(v.items) > 0
	case *dict:
		return len(v.keys) > 0
	case *undefined:
		return false
	}
	return true
}

// number gives a bool, int or float as a number; an int as both kinds.
func number(v value) (whole int64, real float64, isWhole, ok bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, 1, true, true
		}
		return 0, 0, true, true
	case int64:
		return v, float64(v), true, true
	case float64:
		return 0, v, false, true
	}
	return 0, 0, false, false
}

// floatText is Python's repr of a float.
func floatText(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if f == math.Trunc(f) {
		text += ".0"
	}
	return text
}
