package graph

// Cut tells of a graph that an earlier edit cut to the last token: the output that is one row per text, and the side on which
// texts must be padded for it. ok is false for any other graph.
func (m *Model) Cut() (output Value, padding Padding, ok bool) {
	name, ok := m.metadata[keyLastToken]
	if !ok {
		return Value{}, PadRight, false
	}
	padding, err := ParsePadding(m.metadata[keyPadding])
	output, ok = m.output(name)
	return output, padding, ok && err == nil && len(output.Shape) == 2
}
