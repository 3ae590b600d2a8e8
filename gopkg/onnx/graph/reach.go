package graph

// reached is the part of the graph that some values need.
type reached struct {
	nodes  []bool
	values map[string]bool
}

// reach goes back from the wanted values through nodes, and through what the bodies of If, Loop and Scan take from outside.
func (m *Model) reach(wanted []string) reached {
	r := reached{nodes: make([]bool, len(m.nodes)), values: map[string]bool{}}
	for todo := append([]string{}, wanted...); len(todo) > 0; {
		value := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if value == "" || r.values[value] {
			continue
		}
		r.values[value] = true
		i, ok := m.producers[value]
		if !ok || r.nodes[i] {
			continue
		}
		r.nodes[i] = true
		todo = append(append(todo, m.nodes[i].in...), m.nodes[i].captured...)
	}
	return r
}

// made reports whether the reached part defines the value, needed or not: a kept node keeps all its outputs.
func (m *Model) made(r reached, value string) bool {
	i, ok := m.producers[value]
	return r.values[value] || (ok && r.nodes[i])
}

// keeps decides over one field of the graph. Fields that this package does not know stay.
func (m *Model) keeps(it item, r reached, outputs map[string]bool) bool {
	switch it.num {
	case 1:
		return r.nodes[it.index]
	case 5, 15:
		return r.values[m.initializers[it.index].name]
	case 11:
		return r.values[m.inputs[it.index].Name]
	case 12:
		return outputs[m.outputs[it.index].Name]
	case 13:
		return m.made(r, m.infos[it.index].Name)
	case 14:
		return m.made(r, m.annotated[it.index])
	}
	return true
}

// externalOf lists the data files that the reached part needs, each once, in the order of the file.
func (m *Model) externalOf(r reached) []string {
	files := distinct{}
	for i := range m.initializers {
		if t := &m.initializers[i]; r.values[t.name] && t.external != "" {
			files.add(t.external)
		}
	}
	for i := range m.nodes {
		if r.nodes[i] {
			files.add(m.nodes[i].external...)
		}
	}
	files.add(m.external...)
	return files.list
}

// distinct is a list without repetitions.
type distinct struct {
	list []string
	seen map[string]bool
}

func (d *distinct) add(names ...string) {
	for _, name := range names {
		if !d.seen[name] {
			if d.seen == nil {
				d.seen = map[string]bool{}
			}
			d.seen[name] = true
			d.list = append(d.list, name)
		}
	}
}
