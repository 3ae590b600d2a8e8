package chat

import (
	"fmt"
	"strconv"
	"strings"
)

var constants = map[string]value{"true": true, "True": true, "false": false, "False": false, "none": nil, "None": nil}

// tuple reads an expression, or several with commas between.
func (p *parser) tuple(conditional bool) (expression, error) {
	first, err := p.expression(conditional)
	if err != nil || !p.peek().is(",") {
		return first, err
	}
	items := []expression{first}
	for p.skip(",") {
		if t := p.peek(); t.is(")") || t.kind == tagEnd || t.kind == printEnd {
			break
		}
		item, err := p.expression(conditional)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return &listNode{items, tupleList}, nil
}

// expression reads a whole expression. Behind `for x in` an if does not belong to it: conditional is false there.
func (p *parser) expression(conditional bool) (expression, error) {
	defer p.back(p.depth)
	if err := p.enter(); err != nil {
		return nil, err
	}
	e, err := p.or()
	for err == nil && conditional && p.peek().is("if") {
		p.take()
		choice := &choiceNode{yes: e}
		if err := p.enter(); err != nil {
			return nil, err
		}
		if choice.condition, err = p.or(); err != nil {
			return nil, err
		}
		if p.skip("else") {
			if choice.no, err = p.expression(true); err != nil {
				return nil, err
			}
		}
		e = choice
	}
	return e, err
}

func (p *parser) or() (expression, error) {
	defer p.back(p.depth)
	left, err := p.and()
	for err == nil && p.skip("or") {
		n := &logicNode{left: left, or: true}
		if err = p.enter(); err == nil {
			n.right, err = p.and()
		}
		left = n
	}
	return left, err
}

func (p *parser) and() (expression, error) {
	defer p.back(p.depth)
	left, err := p.not()
	for err == nil && p.skip("and") {
		n := &logicNode{left: left}
		if err = p.enter(); err == nil {
			n.right, err = p.not()
		}
		left = n
	}
	return left, err
}

func (p *parser) not() (expression, error) {
	if !p.skip("not") {
		return p.comparison()
	}
	defer p.back(p.depth)
	if err := p.enter(); err != nil {
		return nil, err
	}
	inner, err := p.not()
	return &notNode{inner}, err
}

func (p *parser) comparison() (expression, error) {
	first, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	n := &compareNode{first: first, line: p.peek().line}
	for {
		operator, found := p.comparisonOperator()
		if !found {
			break
		}
		operand, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		n.operators, n.operands = append(n.operators, operator), append(n.operands, operand)
	}
	if len(n.operators) == 0 {
		return first, nil
	}
	return n, nil
}

func (p *parser) comparisonOperator() (string, bool) {
	switch t := p.peek(); {
	case t.is("not") && p.tokens[p.at+1].is("in"):
		p.at += 2
		return "not in", true
	case t.is("in"):
		p.at++
		return "in", true
	case t.kind == operatorToken:
		switch t.text {
		case "==", "!=", "<", "<=", ">", ">=":
			p.at++
			return t.text, true
		}
	}
	return "", false
}

// binaryLevels are the operators from the loosest to the tightest.
var binaryLevels = [][]string{{"+", "-"}, {"~"}, {"*", "/", "//", "%"}}

func (p *parser) binary(level int) (expression, error) {
	if level == len(binaryLevels) {
		return p.power()
	}
	defer p.back(p.depth)
	left, err := p.binary(level + 1)
	for err == nil {
		operator, found := p.oneOf(binaryLevels[level])
		if !found {
			break
		}
		n := &binaryNode{operator: operator.text, left: left, line: operator.line}
		if err = p.enter(); err == nil {
			n.right, err = p.binary(level + 1)
		}
		left = n
	}
	return left, err
}

func (p *parser) oneOf(operators []string) (token, bool) {
	for _, operator := range operators {
		if t := p.peek(); t.kind == operatorToken && t.text == operator {
			return p.take(), true
		}
	}
	return token{}, false
}

func (p *parser) power() (expression, error) {
	left, err := p.unary(true)
	if err == nil && p.peek().is("**") {
		return nil, &UnsupportedError{p.peek().line, `operator "**"`}
	}
	return left, err
}

// unary reads signs, then what they apply to with all that hangs on it. A filter binds to the whole, its sign included.
func (p *parser) unary(filters bool) (expression, error) {
	defer p.back(p.depth)
	if err := p.enter(); err != nil {
		return nil, err
	}
	var e expression
	var err error
	if sign, found := p.oneOf([]string{"-", "+"}); found {
		n := &signNode{minus: sign.text == "-", line: sign.line}
		n.of, err = p.unary(false)
		e = n
	} else {
		e, err = p.primary()
	}
	if err == nil {
		e, err = p.postfix(e)
	}
	if err == nil && filters {
		e, err = p.filters(e)
	}
	return e, err
}

func (p *parser) primary() (expression, error) {
	t := p.take()
	switch t.kind {
	case nameToken:
		if constant, found := constants[t.text]; found {
			return constantNode{constant}, nil
		}
		return &nameNode{t.text, t.line}, nil
	case stringToken:
		var text strings.Builder
		text.WriteString(t.text)
		for p.peek().kind == stringToken {
			text.WriteString(p.take().text)
		}
		return constantNode{text.String()}, nil
	case integerToken:
		whole, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			return nil, &UnsupportedError{t.line, "number " + t.text}
		}
		return constantNode{whole}, nil
	case floatToken:
		real, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, &UnsupportedError{t.line, "number " + t.text}
		}
		return constantNode{real}, nil
	}
	switch {
	case t.is("("):
		return p.bracketed()
	case t.is("["):
		items, err := p.items("]")
		return &listNode{items, plainList}, err
	case t.is("{"):
		return p.dict(t.line)
	}
	p.at--
	return nil, p.unexpected()
}

func (p *parser) bracketed() (expression, error) {
	if p.skip(")") {
		return &listNode{nil, tupleList}, nil
	}
	inner, err := p.tuple(true)
	if err != nil {
		return nil, err
	}
	return inner, p.expect(")")
}

// items reads expressions with commas between, up to the closing bracket.
func (p *parser) items(closer string) ([]expression, error) {
	var items []expression
	for !p.skip(closer) {
		if len(items) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
			if p.skip(closer) {
				break
			}
		}
		item, err := p.expression(true)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

func (p *parser) dict(line int) (expression, error) {
	n := &dictNode{line: line}
	for !p.skip("}") {
		if len(n.keys) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
			if p.skip("}") {
				break
			}
		}
		key, err := p.expression(true)
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		v, err := p.expression(true)
		if err != nil {
			return nil, err
		}
		n.keys, n.values = append(n.keys, key), append(n.values, v)
	}
	return n, nil
}

// postfix reads attributes, indices and calls.
func (p *parser) postfix(e expression) (expression, error) {
	defer p.back(p.depth)
	for {
		t := p.peek()
		err := p.enter()
		if err != nil {
			return nil, err
		}
		switch {
		case t.is("."):
			p.take()
			e, err = p.attribute(e, t.line)
		case t.is("["):
			p.take()
			e, err = p.subscript(e, t.line)
		case t.is("("):
			p.take()
			e, err = p.call(e, t.line)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (p *parser) attribute(of expression, line int) (expression, error) {
	t := p.take()
	switch t.kind {
	case nameToken:
		return &attributeNode{of, t.text, line}, nil
	case integerToken:
		index, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			return nil, &UnsupportedError{t.line, "number " + t.text}
		}
		return &itemNode{of, constantNode{index}, line}, nil
	}
	return nil, &InvalidError{Line: line, Reason: "expected a name or number, got " + t.String()}
}

func (p *parser) subscript(of expression, line int) (expression, error) {
	var bounds [3]expression
	place, colons := 0, 0
	for !p.skip("]") {
		if p.skip(":") {
			if colons++; colons > 2 {
				return nil, p.unexpected()
			}
			place = colons
			continue
		}
		if bounds[place] != nil {
			return nil, p.unexpected()
		}
		var err error
		if bounds[place], err = p.expression(true); err != nil {
			return nil, err
		}
	}
	switch {
	case colons > 0:
		return &sliceNode{of, bounds, line}, nil
	case bounds[0] == nil:
		return nil, &InvalidError{Line: line, Reason: "an index is missing"}
	}
	return &itemNode{of, bounds[0], line}, nil
}

func (p *parser) call(of expression, line int) (expression, error) {
	arguments, err := p.arguments()
	return &callNode{of, arguments, line}, err
}

// arguments reads what stands between the brackets of a call; the first is taken.
func (p *parser) arguments() (arguments, error) {
	var a arguments
	for first := true; !p.skip(")"); first = false {
		if !first {
			if err := p.expect(","); err != nil {
				return a, err
			}
			if p.skip(")") {
				break
			}
		}
		t := p.peek()
		if t.is("*") || t.is("**") {
			return a, &UnsupportedError{t.line, fmt.Sprintf("argument %s", t.text)}
		}
		named := t.kind == nameToken && p.tokens[p.at+1].is("=")
		if named {
			p.at += 2
		} else if len(a.names) > 0 {
			return a, p.unexpected()
		}
		e, err := p.expression(true)
		if err != nil {
			return a, err
		}
		if named {
			a.names, a.named = append(a.names, t.text), append(a.named, e)
		} else {
			a.positional = append(a.positional, e)
		}
	}
	return a, nil
}

// filters reads filters, tests, and calls of what they give.
func (p *parser) filters(e expression) (expression, error) {
	defer p.back(p.depth)
	for {
		err := p.enter()
		if err != nil {
			return nil, err
		}
		switch t := p.peek(); {
		case t.is("|"):
			e, err = p.filter(e)
		case t.is("is"):
			e, err = p.test(e)
		case t.is("("):
			p.take()
			e, err = p.call(e, t.line)
		default:
			return e, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// filter reads one | and the filter behind it.
func (p *parser) filter(of expression) (expression, error) {
	line := p.take().line
	name, err := p.expectKind(nameToken, "the name of a filter")
	if err != nil {
		return nil, err
	}
	n := &filterNode{of: of, name: name.text, line: line}
	if p.skip("(") {
		n.arguments, err = p.arguments()
	}
	return n, err
}

func (p *parser) test(of expression) (expression, error) {
	line := p.take().line
	negated := p.skip("not")
	name, err := p.expectKind(nameToken, "the name of a test")
	if err != nil {
		return nil, err
	}
	n := &testNode{of: of, name: name.text, line: line}
	t := p.peek()
	switch {
	case t.is("("):
		p.take()
		n.arguments, err = p.arguments()
	case p.beginsArgument(t):
		var argument expression
		if argument, err = p.primary(); err == nil {
			argument, err = p.postfix(argument)
		}
		n.arguments.positional = []expression{argument}
	}
	if err == nil && negated {
		return &notNode{n}, nil
	}
	return n, err
}

// beginsArgument: a test takes one argument without brackets, `x is divisibleby 3`.
func (p *parser) beginsArgument(t token) bool {
	switch t.kind {
	case stringToken, integerToken, floatToken:
		return true
	case nameToken:
		return t.text != "else" && t.text != "or" && t.text != "and" && t.text != "is" && t.text != "if"
	}
	return t.is("[") || t.is("{")
}
