package chat

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

type signNode struct {
	of    expression
	minus bool
	line  int
}

func (n *signNode) eval(r *run) (value, error) {
	v, err := n.of.eval(r)
	if err != nil {
		return nil, err
	}
	whole, real, isWhole, ok := number(v)
	switch {
	case !ok:
		return nil, r.wrong(n.line, "a sign before %s", typeName(v))
	case isWhole && n.minus && whole == math.MinInt64:
		return nil, &UnsupportedError{n.line, "an int beyond 64 bits"}
	case isWhole && n.minus:
		return -whole, nil
	case isWhole:
		return whole, nil
	case n.minus:
		return -real, nil
	}
	return real, nil
}

type compareNode struct {
	first     expression
	operators []string
	operands  []expression
	line      int
}

// eval is Python's chain: a < b < c means a < b and b < c.
func (n *compareNode) eval(r *run) (value, error) {
	left, err := n.first.eval(r)
	if err != nil {
		return nil, err
	}
	for i, operator := range n.operators {
		right, err := n.operands[i].eval(r)
		if err != nil {
			return nil, err
		}
		holds, err := r.compare(n.line, operator, left, right)
		if err != nil || !holds {
			return false, err
		}
		left = right
	}
	return true, nil
}

func (r *run) compare(line int, operator string, left, right value) (bool, error) {
	switch operator {
	case "==":
		return r.equal(line, left, right)
	case "!=":
		same, err := r.equal(line, left, right)
		return !same, err
	case "in":
		return r.contains(line, right, left)
	case "not in":
		found, err := r.contains(line, right, left)
		return !found, err
	}
	order, err := r.order(line, left, right)
	switch operator {
	case "<":
		return order < 0, err
	case "<=":
		return order <= 0, err
	case ">":
		return order > 0, err
	}
	return order >= 0, err
}

func (r *run) order(line int, left, right value) (int, error) {
	x, xReal, xWhole, xNumber := number(left)
	y, yReal, yWhole, yNumber := number(right)
	switch {
	case xNumber && yNumber && xWhole && yWhole:
		return cmp.Compare(x, y), nil
	case xNumber && yNumber && !math.IsNaN(xReal) && !math.IsNaN(yReal):
		return cmp.Compare(xReal, yReal), nil
	}
	a, aText := left.(string)
	b, bText := right.(string)
	if aText && bText {
		return strings.Compare(a, b), r.spend(line, min(len(a), len(b)))
	}
	return 0, r.unordered(line, left, right)
}

func (r *run) unordered(line int, left, right value) error {
	_, lists := left.(*list)
	if _, both := right.(*list); lists && both {
		return &UnsupportedError{line, "the order of lists"}
	}
	return r.wrong(line, "%s and %s have no order", typeName(left), typeName(right))
}

// contains is Python's `v in whole`.
func (r *run) contains(line int, whole, v value) (bool, error) {
	if text, ok := whole.(string); ok {
		part, ok := v.(string)
		if !ok {
			return false, r.wrong(line, "%s cannot be in a text", typeName(v))
		}
		return strings.Contains(text, part), r.spend(line, len(text))
	}
	if d, ok := whole.(*dict); ok {
		if !hashable(v) {
			return false, r.wrong(line, "%s cannot be a key", typeName(v))
		}
		key, ok := v.(string)
		_, found := d.values[key]
		return ok && found, nil
	}
	items, err := r.each(line, whole)
	if err != nil {
		return false, err
	}
	for _, item := range items {
		if same, err := r.equal(line, item, v); err != nil || same {
			return same, err
		}
	}
	return false, nil
}

type binaryNode struct {
	operator    string
	left, right expression
	line        int
}

func (n *binaryNode) eval(r *run) (value, error) {
	if err := r.step(n.line); err != nil {
		return nil, err
	}
	left, err := n.left.eval(r)
	if err != nil {
		return nil, err
	}
	right, err := n.right.eval(r)
	if err != nil {
		return nil, err
	}
	if n.operator == "~" {
		return r.joined(n.line, left, right)
	}
	x, xReal, xWhole, xNumber := number(left)
	y, yReal, yWhole, yNumber := number(right)
	switch {
	case xNumber && yNumber && xWhole && yWhole && n.operator != "/":
		return r.wholeArithmetic(n.line, n.operator, x, y)
	case xNumber && yNumber:
		return r.realArithmetic(n.line, n.operator, xReal, yReal)
	case n.operator == "+":
		return r.concatenated(n.line, left, right)
	case n.operator == "*" && yNumber && yWhole:
		return r.repeated(n.line, left, y)
	case n.operator == "*" && xNumber && xWhole:
		return r.repeated(n.line, right, x)
	}
	if _, formats := left.(string); formats && n.operator == "%" {
		return nil, &UnsupportedError{n.line, "formatting with %"}
	}
	return nil, r.wrong(n.line, "%s %s %s has no meaning", typeName(left), n.operator, typeName(right))
}

func (r *run) joined(line int, left, right value) (value, error) {
	a, err := r.text(line, left)
	if err != nil {
		return nil, err
	}
	b, err := r.text(line, right)
	if err != nil {
		return nil, err
	}
	return r.concatenated(line, a, b)
}

func (r *run) concatenated(line int, left, right value) (value, error) {
	switch a := left.(type) {
	case string:
		if b, ok := right.(string); ok {
			if err := r.spend(line, len(a)+len(b)); err != nil {
				return nil, err
			}
			return a + b, nil
		}
	case *list:
		if b, ok := right.(*list); ok && a.kind == b.kind && a.kind <= tupleList {
			if err := r.spend(line, 16*(len(a.items)+len(b.items))); err != nil {
				return nil, err
			}
			return &list{items: append(a.items[:len(a.items):len(a.items)], b.items...), kind: a.kind}, nil
		}
	}
	return nil, r.wrong(line, "%s + %s has no meaning", typeName(left), typeName(right))
}

func (r *run) repeated(line int, of value, times int64) (value, error) {
	times = max(0, min(times, maxText+1))
	switch of := of.(type) {
	case string:
		if len(of) == 0 {
			return "", nil
		}
		if err := r.spend(line, len(of)*int(times)); err != nil {
			return nil, err
		}
		return strings.Repeat(of, int(times)), nil
	case *list:
		if of.kind <= tupleList {
			if err := r.spend(line, 16*len(of.items)*int(times)); err != nil {
				return nil, err
			}
			var items []value
			for range times * int64(min(1, len(of.items))) {
				items = append(items, of.items...)
			}
			return &list{items: items, kind: of.kind}, nil
		}
	}
	return nil, r.wrong(line, "%s cannot be repeated", typeName(of))
}

func (r *run) wholeArithmetic(line int, operator string, x, y int64) (value, error) {
	if (operator == "//" || operator == "%") && y == 0 {
		return nil, r.wrong(line, "division by zero")
	}
	result, fits := int64(0), true
	switch operator {
	case "+":
		result = x + y
		fits = (result > x) == (y > 0)
	case "-":
		result = x - y
		fits = (result < x) == (y > 0)
	case "*":
		result, fits = product(x, y)
	case "//":
		fits = x != math.MinInt64 || y != -1
		if fits {
			result = floorQuotient(x, y)
		}
	case "%":
		if y != -1 {
			result = x - floorQuotient(x, y)*y
		}
	}
	if !fits {
		return nil, &UnsupportedError{line, "an int beyond 64 bits"}
	}
	return result, nil
}

func product(x, y int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(x), magnitude(y))
	return x * y, high == 0 && low <= math.MaxInt64
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// floorQuotient rounds down, as Python does.
func floorQuotient(x, y int64) int64 {
	q := x / y
	if x%y != 0 && (x < 0) != (y < 0) {
		q--
	}
	return q
}

func (r *run) realArithmetic(line int, operator string, x, y float64) (value, error) {
	switch operator {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "/":
		if y == 0 {
			return nil, r.wrong(line, "division by zero")
		}
		return x / y, nil
	}
	return nil, &UnsupportedError{line, fmt.Sprintf("operator %q on floats", operator)}
}
