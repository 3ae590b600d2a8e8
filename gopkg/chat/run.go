package chat

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What one rendering may take. A template of good will takes some hundred steps a message and copies its text a few times.
const (
	maxSteps = 2_000_000
	maxBytes = 1 << 29 // copied by all steps together
	maxText  = 1 << 26 // of the result, or of any one text on the way
	maxCalls = 50      // macros inside one another, and depth of values that are compared
	maxRange = 100_000 // as in Python's sandbox
)

// run is one rendering.
type run struct {
	out     *strings.Builder
	scope   *scope
	globals map[string]value
	missing map[string]bool // special tokens that no file names
	now     func() time.Time
	steps   int
	bytes   int
	calls   int
}

// scope holds what set, for and macro define. A loop's turn, a macro and a generation block have one of their own. They are
// small: looking through one beats hashing.
type scope struct {
	names  []string
	values []value
	outer  *scope
}

func (s *scope) find(name string) (value, bool) {
	for ; s != nil; s = s.outer {
		if at := slices.Index(s.names, name); at >= 0 {
			return s.values[at], true
		}
	}
	return nil, false
}

func (s *scope) set(name string, v value) {
	if at := slices.Index(s.names, name); at >= 0 {
		s.values[at] = v
		return
	}
	s.names, s.values = append(s.names, name), append(s.values, v)
}

// step counts one node of the template.
func (r *run) step(line int) error {
	if r.steps++; r.steps > maxSteps {
		return &LimitError{line, "steps", maxSteps}
	}
	return nil
}

// spend counts bytes before they are copied: size of a text, or what stands for that.
func (r *run) spend(line, size int) error {
	if size > maxText {
		return &LimitError{line, "bytes in one text", maxText}
	}
	if r.bytes += size; r.bytes > maxBytes {
		return &LimitError{line, "bytes copied", maxBytes}
	}
	return nil
}

// enterCall is called where a macro begins, leaveCall where it ends.
func (r *run) enterCall(line int) error {
	if r.calls++; r.calls > maxCalls {
		return &LimitError{line, "calls inside one another", maxCalls}
	}
	return nil
}

func (r *run) leaveCall() { r.calls-- }

func (r *run) write(line int, text string) error {
	if r.out.Len()+len(text) > maxText {
		return &LimitError{line, "bytes of text", maxText}
	}
	if err := r.spend(line, len(text)); err != nil {
		return err
	}
	r.out.WriteString(text)
	return nil
}

// capture runs body with an output of its own and the given scope, and returns what it wrote.
func (r *run) capture(inner *scope, body func() error) (string, error) {
	outer, scope := r.out, r.scope
	r.out, r.scope = new(strings.Builder), inner
	defer func() { r.out, r.scope = outer, scope }()
	err := body()
	return r.out.String(), err
}

// text is Python's str(v). What lists and the like look like in Python is nothing that a prompt should hold: they are refused.
func (r *run) text(line int, v value) (string, error) {
	switch v := v.(type) {
	case nil:
		return "None", nil
	case bool:
		if v {
			return "True", nil
		}
		return "False", nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return floatText(v), nil
	case string:
		return v, nil
	case *undefined:
		return "", nil
	}
	return "", &UnsupportedError{line, "the text of a " + typeName(v)}
}

// each returns the values that a loop over v goes through.
func (r *run) each(line int, v value) ([]value, error) {
	switch v := v.(type) {
	case *list:
		if v.kind != lazyList {
			return v.items, nil
		}
		if v.used {
			return nil, &UnsupportedError{line, "a second use of what a filter gives once"}
		}
		v.used = true
		return v.items, v.fails
	case *dict:
		keys := make([]value, len(v.keys))
		for i, key := range v.keys {
			keys[i] = key
		}
		return keys, r.spend(line, 16*len(keys))
	case string:
		if err := r.spend(line, 16*len(v)); err != nil {
			return nil, err
		}
		var letters []value
		for _, char := range v {
			letters = append(letters, string(char))
		}
		return letters, nil
	case *undefined:
		return nil, nil
	}
	return nil, &InvalidError{Line: line, Reason: typeName(v) + " is not iterable"}
}

// equal is Python's ==.
func (r *run) equal(line int, a, b value) (bool, error) {
	if err := r.enterCall(line); err != nil {
		return false, err
	}
	defer r.leaveCall()
	if err := r.step(line); err != nil {
		return false, err
	}
	if x, xReal, xWhole, ok := number(a); ok {
		y, yReal, yWhole, ok := number(b)
		if xWhole && yWhole {
			return ok && x == y, nil
		}
		return ok && xReal == yReal, nil
	}
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return ok && a == b, r.spend(line, min(len(a), len(b)))
	case *list:
		b, ok := b.(*list)
		if !ok || a.kind != b.kind || len(a.items) != len(b.items) {
			return false, nil
		}
		if a.kind > rangeList {
			return false, &UnsupportedError{line, "comparing a " + typeName(a)}
		}
		return r.equalAll(line, a.items, b.items)
	case *dict:
		b, ok := b.(*dict)
		if !ok || len(a.keys) != len(b.keys) {
			return false, nil
		}
		return r.equalDicts(line, a, b)
	case *undefined:
		_, ok := b.(*undefined)
		return ok, nil
	case *method:
		return false, &UnsupportedError{line, "comparing a function"}
	}
	return a == b, nil
}

func (r *run) equalAll(line int, a, b []value) (bool, error) {
	for i := range a {
		if same, err := r.equal(line, a[i], b[i]); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (r *run) equalDicts(line int, a, b *dict) (bool, error) {
	for _, key := range a.keys {
		other, found := b.values[key]
		if !found {
			return false, nil
		}
		if same, err := r.equal(line, a.values[key], other); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (r *run) wrong(line int, reason string, values ...any) error {
	return &InvalidError{Line: line, Reason: fmt.Sprintf(reason, values...)}
}
