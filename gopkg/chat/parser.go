package chat

import "fmt"

// maxNesting bounds how deep tags, brackets and chains of operators of a template are inside one another.
const maxNesting = 500

// parser makes nodes of tokens. Its rules are those of Jinja's own parser; what it knows but cannot render it refuses by name.
type parser struct {
	tokens []token
	at     int
	depth  int
	loops  int // that the current place is in, for break and continue
}

func parse(source string) ([]node, error) {
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != endOfTemplate {
		return nil, p.unexpected()
	}
	return body, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != endOfTemplate {
		p.at++
	}
	return t
}

// skip takes the next token if it is this name or operator.
func (p *parser) skip(text string) bool {
	if p.peek().is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) error {
	if !p.skip(text) {
		return &InvalidError{Line: p.peek().line, Reason: fmt.Sprintf("expected %q, got %s", text, p.peek())}
	}
	return nil
}

func (p *parser) expectKind(kind tokenKind, what string) (token, error) {
	if p.peek().kind != kind {
		return token{}, &InvalidError{Line: p.peek().line, Reason: fmt.Sprintf("expected %s, got %s", what, p.peek())}
	}
	return p.take(), nil
}

func (p *parser) endTag() error {
	_, err := p.expectKind(tagEnd, "%}")
	return err
}

func (p *parser) unexpected() error {
	return &InvalidError{Line: p.peek().line, Reason: "unexpected " + p.peek().String()}
}

// enter is called where the parser goes one level deeper, and for each link of a chain, which evaluation goes down as well.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxNesting {
		return &LimitError{p.peek().line, "levels of nesting", maxNesting}
	}
	return nil
}

// back comes back from all levels entered since depth.
func (p *parser) back(depth int) { p.depth = depth }

// body reads up to the end, or to a tag with one of the given names, which it leaves to be read: the name is next.
func (p *parser) body(ends ...string) ([]node, error) {
	defer p.back(p.depth)
	if err := p.enter(); err != nil {
		return nil, err
	}
	var nodes []node
	for {
		switch t := p.take(); t.kind {
		case endOfTemplate:
			if len(ends) > 0 {
				return nil, &InvalidError{Line: t.line, Reason: fmt.Sprintf("%q is missing", ends[len(ends)-1])}
			}
			return nodes, nil
		case textToken:
			nodes = append(nodes, textNode(t.text))
		case printBegin:
			shown, err := p.tuple(true)
			if err != nil {
				return nil, err
			}
			if _, err := p.expectKind(printEnd, "}}"); err != nil {
				return nil, err
			}
			nodes = append(nodes, &printNode{shown, t.line})
		case tagBegin:
			for _, end := range ends {
				if p.peek().is(end) {
					return nodes, nil
				}
			}
			tag, err := p.tag()
			if err != nil {
				return nil, err
			}
			nodes = append(nodes, tag)
		}
	}
}

// finishBody reads the name that body stopped at and the end of its tag.
func (p *parser) finishBody(end string) ([]node, error) {
	nodes, err := p.body(end)
	if err != nil {
		return nil, err
	}
	p.take()
	return nodes, p.endTag()
}

func (p *parser) tag() (node, error) {
	name, err := p.expectKind(nameToken, "the name of a tag")
	if err != nil {
		return nil, err
	}
	switch name.text {
	case "if":
		return p.ifTag()
	case "for":
		return p.forTag(name.line)
	case "set":
		return p.setTag(name.line)
	case "macro":
		return p.macroTag(name.line)
	case "generation":
		if err := p.endTag(); err != nil {
			return nil, err
		}
		body, err := p.outsideLoops(func() ([]node, error) { return p.finishBody("endgeneration") })
		return &blockNode{body}, err
	case "break", "continue":
		if p.loops == 0 {
			return nil, &InvalidError{Line: name.line, Reason: name.text + " outside a loop"}
		}
		return jumpNode(name.text), p.endTag()
	case "autoescape", "block", "call", "do", "extends", "filter", "from", "import", "include", "trans", "with":
		return nil, &UnsupportedError{name.line, fmt.Sprintf("tag %q", name.text)}
	}
	return nil, &InvalidError{Line: name.line, Reason: fmt.Sprintf("unknown tag %q", name.text)}
}

// outsideLoops reads a body that becomes a function: loops around it cannot be left from it.
func (p *parser) outsideLoops(read func() ([]node, error)) ([]node, error) {
	loops := p.loops
	p.loops = 0
	defer func() { p.loops = loops }()
	return read()
}

func (p *parser) ifTag() (node, error) {
	n := &ifNode{}
	for {
		condition, err := p.tuple(true)
		if err != nil {
			return nil, err
		}
		if err := p.endTag(); err != nil {
			return nil, err
		}
		body, err := p.body("elif", "else", "endif")
		if err != nil {
			return nil, err
		}
		n.branches = append(n.branches, branch{condition, body})
		switch p.take().text {
		case "else":
			if err := p.endTag(); err != nil {
				return nil, err
			}
			n.otherwise, err = p.finishBody("endif")
			return n, err
		case "endif":
			return n, p.endTag()
		}
	}
}

func (p *parser) forTag(line int) (node, error) {
	n := &forNode{line: line}
	var err error
	if n.names, err = p.targets(); err != nil {
		return nil, err
	}
	if err := p.expect("in"); err != nil {
		return nil, err
	}
	if n.over, err = p.tuple(false); err != nil {
		return nil, err
	}
	if p.skip("if") {
		if n.only, err = p.expression(true); err != nil {
			return nil, err
		}
	}
	if p.peek().is("recursive") {
		return nil, &UnsupportedError{line, "recursive loop"}
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	p.loops++
	n.body, err = p.body("else", "endfor")
	p.loops--
	if err != nil {
		return nil, err
	}
	if p.take().text == "endfor" {
		return n, p.endTag()
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	n.otherwise, err = p.finishBody("endfor")
	return n, err
}

// targets reads the names that a loop or an assignment fills.
func (p *parser) targets() ([]string, error) {
	bracket := p.skip("(")
	var names []string
	for {
		name, err := p.targetName()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if !p.skip(",") {
			break
		}
	}
	if bracket {
		return names, p.expect(")")
	}
	return names, nil
}

func (p *parser) targetName() (string, error) {
	name, err := p.expectKind(nameToken, "a name")
	if err != nil {
		return "", err
	}
	if _, constant := constants[name.text]; constant {
		return "", &InvalidError{Line: name.line, Reason: fmt.Sprintf("cannot assign to %q", name.text)}
	}
	if name.text == "loop" {
		return "", &UnsupportedError{name.line, "assignment to loop"}
	}
	return name.text, nil
}

func (p *parser) setTag(line int) (node, error) {
	n := &setNode{line: line}
	if p.at+1 < len(p.tokens) && p.tokens[p.at+1].is(".") {
		space, err := p.targetName()
		if err != nil {
			return nil, err
		}
		p.take()
		attribute, err := p.expectKind(nameToken, "a name")
		if err != nil {
			return nil, err
		}
		n.space, n.names = space, []string{attribute.text}
	} else {
		var err error
		if n.names, err = p.targets(); err != nil {
			return nil, err
		}
	}
	if p.skip("=") {
		var err error
		if n.from, err = p.tuple(true); err != nil {
			return nil, err
		}
		return n, p.endTag()
	}
	return p.setBlock(n)
}

// setBlock is {% set x %}...{% endset %}, with filters perhaps.
func (p *parser) setBlock(n *setNode) (node, error) {
	if len(n.names) > 1 {
		return nil, p.unexpected()
	}
	defer p.back(p.depth)
	captured := &capturedNode{}
	n.from = captured
	for p.peek().is("|") {
		filtered, err := p.filter(n.from)
		if err == nil {
			err = p.enter()
		}
		if err != nil {
			return nil, err
		}
		n.from = filtered
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	var err error
	captured.body, err = p.finishBody("endset")
	return n, err
}

func (p *parser) macroTag(line int) (node, error) {
	name, err := p.targetName()
	if err != nil {
		return nil, err
	}
	n := &macroNode{name: name, line: line}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	for !p.skip(")") {
		if len(n.parameters) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		if err := p.parameter(n); err != nil {
			return nil, err
		}
	}
	if err := p.endTag(); err != nil {
		return nil, err
	}
	n.body, err = p.outsideLoops(func() ([]node, error) { return p.finishBody("endmacro") })
	return n, err
}

func (p *parser) parameter(n *macroNode) error {
	name, err := p.targetName()
	if err != nil {
		return err
	}
	n.parameters = append(n.parameters, name)
	if p.skip("=") {
		fallback, err := p.expression(true)
		n.defaults = append(n.defaults, fallback)
		return err
	}
	if len(n.defaults) > 0 {
		return &InvalidError{Line: n.line, Reason: fmt.Sprintf("parameter %q without a default behind one with it", name)}
	}
	return nil
}
