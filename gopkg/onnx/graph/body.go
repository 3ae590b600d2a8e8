package graph

import "cmp"

// body is the graph inside an If, a Loop or a Scan: only which names it defines and which it uses matters.
type body struct {
	defined  map[string]bool
	used     []string
	external []string
	dynamic  string
}

// free lists the names that come from outside, each once.
func (b *body) free() []string {
	var free []string
	seen := map[string]bool{"": true}
	for _, name := range b.used {
		if !seen[name] && !b.defined[name] {
			free = append(free, name)
		}
		seen[name] = true
	}
	return free
}

func (s *source) body(sp span, depth int) (body, error) {
	b := body{defined: map[string]bool{}}
	if depth > nestingLimit {
		return b, malformed(sp.start, "bodies nest deeper than %d", nestingLimit)
	}
	err := s.each(sp, "a body", func(f field) error { return s.bodyField(f, &b, depth) })
	return b, err
}

func (s *source) bodyField(f field, b *body, depth int) error {
	switch f.num {
	case 1:
		n, err := s.node(f, depth)
		b.use(n.in...)
		b.use(n.captured...)
		b.define(n.out...)
		b.external = append(b.external, n.external...)
		b.dynamic = cmp.Or(b.dynamic, n.dynamic)
		return err
	case 5, 15:
		t, err := s.initializer(f)
		b.define(t.name)
		if t.external != "" {
			b.external = append(b.external, t.external)
		}
		return err
	case 11, 12:
		d, err := s.declaration(f, "an input or output of a body")
		if f.num == 11 {
			b.define(d.Name)
		} else {
			b.use(d.Name)
		}
		return err
	}
	return nil
}

func (b *body) use(names ...string) { b.used = append(b.used, names...) }

func (b *body) define(names ...string) {
	for _, name := range names {
		b.defined[name] = true
	}
}

// initializer reads a dense (field 5) or sparse (field 15) initializer of a graph.
func (s *source) initializer(f field) (tensor, error) {
	if f.num == 15 {
		return s.sparse(f)
	}
	return s.tensor(f, "an initializer")
}
