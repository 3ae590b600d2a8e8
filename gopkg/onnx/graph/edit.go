package graph

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Edit is an edited model, not yet written: ranges of the source and new bytes between them. It needs its Model open.
type Edit struct {
	Plan
	m      *Model
	pieces []piece
}

// piece is either new bytes or a range of the source.
type piece struct {
	fresh []byte
	from  span
}

func (p piece) size() int64 {
	if p.fresh != nil {
		return int64(len(p.fresh))
	}
	return p.from.size()
}

// addition is what an edit puts at the end of the graph and of the model.
type addition struct {
	nodes, output, metadata []byte
}

// Edit plans the edit that o describes. Errors: *RefusedError with the reason.
func (m *Model) Edit(o Options) (*Edit, error) {
	p, err := m.target(o)
	if err != nil {
		return nil, err
	}
	keep, err := m.keptOutputs(o, p)
	if err != nil {
		return nil, err
	}
	roots := append([]string{p.Hidden.Name}, keep...)
	used := m.reach(roots)
	add, err := m.additions(o, p, used)
	if err != nil {
		return nil, err
	}
	if p.Mask != "" {
		used.values[p.Mask] = true
	}
	e := &Edit{Plan: *p, m: m}
	if add.output == nil {
		keep = append(keep, p.Output.Name)
	}
	e.assemble(used, asSet(keep), add)
	e.count(used, keep)
	return e, nil
}

// target finds the hidden state.
func (m *Model) target(o Options) (*Plan, error) {
	p := &Plan{LastToken: o.LastToken, Padding: o.Padding}
	if err := m.checkOptions(o); err != nil {
		return nil, err
	}
	choice := Choice{Output: o.Output, Why: "named by the caller"}
	if o.Output == "" {
		choice = Choice{}
		if o.Logits == "" {
			choice, _ = m.ChooseHidden(o.Vocabulary)
		}
	}
	if choice.Output != "" {
		p.Hidden, _ = m.output(choice.Output)
		p.Why = choice.Why
		return p, m.isState(p.Hidden)
	}
	vocabulary := o.Vocabulary
	if vocabulary <= 0 {
		vocabulary = m.Vocabulary()
	}
	logits, err := m.logitsOutput(o.Logits, vocabulary)
	if err != nil {
		return nil, err
	}
	if p.Head, err = m.findHead(logits); err != nil {
		return nil, err
	}
	p.Hidden, p.Why = p.Head.value, "what the head multiplies"
	return p, nil
}

func (m *Model) checkOptions(o Options) error {
	if o.Padding != PadRight && o.Padding != PadLeft {
		return refuse("padding %d is neither right nor left", int(o.Padding))
	}
	if o.Output != "" {
		if _, ok := m.output(o.Output); !ok {
			return refuse("the model has no output %q; it has %s", o.Output, m.outputList())
		}
	}
	if cut, ok := m.metadata[keyLastToken]; ok && (o.Output == "" || o.Output == cut) {
		return refuseFor(ErrAlreadyCut, "the graph was cut before: its output %q is the last token's hidden state (padding %s)", cut, m.metadata[keyPadding])
	}
	return nil
}

// isState checks that a chosen output has the three dimensions of a hidden state.
func (m *Model) isState(v Value) error {
	switch {
	case v.Kind != "" && v.Kind != "tensor":
		return refuse("output %q is a %s, not a tensor", v.Name, v.Kind)
	case v.Shape == nil:
		return refuse("output %q has no known shape, so it can't be told to be [batch, sequence, n]; run ONNX shape inference on the model first", v.Name)
	case len(v.Shape) != 3:
		return refuse("output %s does not have the three dimensions [batch, sequence, n]", v)
	}
	return nil
}

// keptOutputs lists the further outputs to keep.
func (m *Model) keptOutputs(o Options, p *Plan) ([]string, error) {
	var keep []string
	for _, name := range o.Keep {
		if _, ok := m.output(name); !ok {
			return nil, refuse("there is no output %q to keep; the model has %s", name, m.outputList())
		}
		keep = append(keep, name)
	}
	for _, v := range m.Outputs {
		if o.KeepCaches && isCache(v.Name) && !slices.Contains(keep, v.Name) {
			keep = append(keep, v.Name)
		}
	}
	return keep, nil
}

const (
	keyLastToken = ownKey + "last_token" // metadata: the name of the output that is one row per text
	keyPadding   = ownKey + "padding"
)

// additions makes the new nodes and the new output; all empty when the hidden state is an output that stays as it is.
func (m *Model) additions(o Options, p *Plan, used reached) (addition, error) {
	if !o.LastToken {
		return m.exposed(o, p), nil
	}
	opset := m.Opset("")
	mask, err := m.maskFor(o, used)
	switch {
	case err != nil:
		return addition{}, err
	case opset < opsetOldest:
		return addition{}, refuse("the model imports version %d of the default operator set; cutting to the last token needs %d or later", opset, opsetOldest)
	case mask != nil && opset < opsetGatherND:
		return addition{}, refuse("the model imports version %d of the default operator set; finding the last token before right padding needs %d or later: convert the model, or pad on the left", opset, opsetGatherND)
	}
	b := &builder{m: m, opset: opset, taken: map[string]bool{}}
	name := m.fresh(b.taken, orDefault(o.Name, DefaultLastTokenName))
	b.lastToken(p.Hidden.Name, name, mask)
	if mask != nil {
		p.Mask = mask.Name
	}
	p.Output = Value{Name: name, Elem: p.Hidden.Elem, Shape: Shape{p.Hidden.Shape[0], p.Hidden.Shape[2]}, Kind: "tensor"}
	meta := append(metadataField(keyLastToken, name), metadataField(keyPadding, o.Padding.String())...)
	return addition{nodes: b.fields, output: outputField(p.Output), metadata: meta}, nil
}

// exposed gives an inner value an output's name. The Identity costs nothing: ONNX Runtime removes it when it loads the model.
func (m *Model) exposed(o Options, p *Plan) addition {
	p.Output = p.Hidden
	if _, already := m.output(p.Hidden.Name); already {
		return addition{}
	}
	if m.Opset("") == 0 { // no Identity to be had: the value keeps its name
		return addition{output: outputField(p.Output)}
	}
	p.Output.Name = m.fresh(map[string]bool{}, orDefault(o.Name, DefaultHiddenName))
	return addition{nodes: nodeField("Identity", []string{p.Hidden.Name}, p.Output.Name), output: outputField(p.Output)}
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func asSet(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// assemble lists the pieces of the edited model: kept fields in their order, the graph where it was first, additions at the end of each.
func (e *Edit) assemble(used reached, outputs map[string]bool, add addition) {
	var graph []piece
	for _, it := range e.m.items {
		if e.m.keeps(it, used, outputs) {
			graph = copied(graph, it.whole)
		}
	}
	graph = appended(appended(graph, add.nodes), add.output)
	size := int64(0)
	for _, p := range graph {
		size += p.size()
	}
	header := protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.BytesType), uint64(size))
	written := false
	for _, t := range e.m.top {
		switch {
		case t.num == 7 && !written:
			e.pieces = append(appended(e.pieces, header), graph...)
			written = true
		case t.num == 7 || t.num == 20 || t.own: // training_info names parts of the graph that may be gone
		default:
			e.pieces = copied(e.pieces, t.whole)
		}
	}
	e.pieces = appended(e.pieces, add.metadata)
	for _, p := range e.pieces {
		e.Plan.Size += p.size()
	}
}

// copied appends a range of the source, joining it with the one before where they touch.
func copied(list []piece, from span) []piece {
	if n := len(list); n > 0 && list[n-1].fresh == nil && list[n-1].from.end == from.start {
		list[n-1].from.end = from.end
		return list
	}
	return append(list, piece{from: from})
}

func appended(list []piece, fresh []byte) []piece {
	if len(fresh) == 0 {
		return list
	}
	return append(list, piece{fresh: fresh})
}

// count fills the plan's figures.
func (e *Edit) count(used reached, keep []string) {
	m, p := e.m, &e.Plan
	for i := range m.nodes {
		if used.nodes[i] {
			p.Nodes++
		}
	}
	for i := range m.initializers {
		if used.values[m.initializers[i].name] {
			p.Initializers++
		}
	}
	p.DroppedNodes, p.DroppedInitializers = len(m.nodes)-p.Nodes, len(m.initializers)-p.Initializers
	p.ExternalData = m.externalOf(used)
	for _, v := range m.Inputs {
		if used.values[v.Name] {
			p.Inputs = append(p.Inputs, v.Name)
		} else {
			p.DroppedInputs = append(p.DroppedInputs, v.Name)
		}
	}
	p.Outputs = keep
	if !slices.Contains(keep, p.Output.Name) {
		p.Outputs = append(p.Outputs, p.Output.Name)
	}
	for _, v := range m.Outputs {
		if !slices.Contains(p.Outputs, v.Name) {
			p.DroppedOutputs = append(p.DroppedOutputs, v.Name)
		}
	}
}
