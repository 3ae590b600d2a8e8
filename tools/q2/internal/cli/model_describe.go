package cli

import (
	"fmt"
	"strings"

	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/tools/q2/internal/terminal"
)

// modelText is a text of headings with indented lines.
type modelText struct {
	strings.Builder
	paint terminal.Paint
}

func (d *modelText) heading(text string) { fmt.Fprintln(d, d.paint.Bold(text)) }

func (d *modelText) line(format string, args ...any) {
	fmt.Fprintf(d, "    "+format+"\n", args...)
}

func describeModel(paint terminal.Paint, i onnx.Inspection) string {
	d := &modelText{paint: paint}
	d.file(i.Report)
	d.values(i)
	d.heading("vocabulary")
	if i.Vocabulary > 0 {
		d.line("%d tokens, the rows of the embedding table", i.Vocabulary)
	} else {
		d.line("unknown: no embedding table found")
	}
	d.heading("hidden state")
	d.hidden(i)
	d.heading("expose")
	if i.Expose == nil {
		d.line("not possible: %s", i.Report.Refused)
	} else {
		d.plan(i.Expose, i.Size)
	}
	return d.String()
}

// file is what the model says of itself.
func (d *modelText) file(r *graph.Report) {
	d.heading("file")
	var sets []string
	for _, set := range r.Opsets {
		sets = append(sets, strings.TrimSpace(set.Domain+fmt.Sprintf(" %d", set.Version)))
	}
	producer := strings.TrimSpace(r.Producer + " " + r.ProducerVersion)
	if producer == "" {
		producer = "unknown"
	}
	d.line("%s, %d nodes, %d weights", size(r.Size), r.Nodes, r.Initializers)
	d.line("operator set %s; IR version %d; producer %s", strings.Join(sets, ", "), r.IRVersion, producer)
	for _, f := range r.ExternalData {
		if f.Size < 0 {
			d.line("weights in %s: %s", f.Name, d.paint.Bad("not there"))
		} else {
			d.line("weights in %s, %s", f.Name, size(f.Size))
		}
	}
}

func (d *modelText) values(i onnx.Inspection) {
	width := 0
	for _, o := range i.Verdicts {
		width = max(width, len(o.String()))
	}
	d.heading("inputs")
	for _, v := range i.Inputs {
		d.line("%s", v)
	}
	d.heading("outputs")
	for _, o := range i.Verdicts {
		mark, name := "   ", fmt.Sprintf("%-*s", width, o.Value)
		if o.Chosen {
			mark, name = "-> ", d.paint.Good(name)
		}
		fmt.Fprintf(d, " %s%s  %s\n", mark, name, o.Why)
	}
}

// hidden is what is quantised, and how q2 gets it.
func (d *modelText) hidden(i onnx.Inspection) {
	if i.Run == nil {
		d.line("%s", d.paint.Bad("none that can be used"))
		return
	}
	d.line("%s: %s", i.Run.Hidden, i.Run.Why)
	if head := i.Head; head != nil && head.Hidden == i.Run.Hidden.Name {
		d.line("the head, %s node %q, multiplies it by %s and gives %s", head.Op, head.Node, head.Weight, head.Logits)
	}
	switch {
	case !i.Run.LastToken:
		d.line("q2 runs the model for every token: %s", i.Run.NotCut)
	case i.Run.Edited:
		d.line("q2 cuts it to the last token in memory: %s, texts padded on the %s", i.Run.Output, i.Run.Padding)
	default:
		d.line("q2 runs the file as it is: %s, texts padded on the %s", i.Run.Output, i.Run.Padding)
	}
	if i.Run.Positions > 0 {
		d.line("texts of at most %d tokens, the positions in %s", i.Run.Positions, i.Run.PositionTable)
	}
	if i.Run.Dynamic != "" {
		d.line("one text a run: %s scales by all that it is given, so texts would change each other's codes", i.Run.Dynamic)
	}
}

// describePlan is what q2 model expose has done.
func describePlan(paint terminal.Paint, p *graph.Plan, before int64) string {
	d := &modelText{paint: paint}
	d.heading("hidden state")
	d.line("%s: %s", p.Hidden, p.Why)
	d.heading("output")
	d.plan(p, before)
	return d.String()
}

func (d *modelText) plan(p *graph.Plan, before int64) {
	d.line("%s", p.Output)
	if p.LastToken && p.Mask != "" {
		d.line("the last real token's, by %s, padded on the %s", p.Mask, p.Padding)
	} else if p.LastToken {
		d.line("the last token's")
	}
	d.line("%s instead of %s: %d of %d nodes and %d of %d weights go", size(p.Size), size(before),
		p.DroppedNodes, p.Nodes+p.DroppedNodes, p.DroppedInitializers, p.Initializers+p.DroppedInitializers)
	d.dropped("inputs", p.DroppedInputs)
	d.dropped("outputs", p.DroppedOutputs)
	if len(p.ExternalData) > 0 {
		d.line("needs beside it %s", strings.Join(p.ExternalData, ", "))
	}
}

// dropped lists names; a model of many layers has dozens of caches, so no more than a few.
func (d *modelText) dropped(what string, names []string) {
	const most = 4
	if len(names) == 0 {
		return
	}
	rest := ""
	if len(names) > most {
		rest = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	d.line("%s dropped: %s%s", what, strings.Join(names, ", "), rest)
}

// size is bytes in words.
func size(bytes int64) string {
	const unit = 1 << 10
	if bytes < unit {
		return fmt.Sprintf("%d bytes", bytes)
	}
	value, prefixes := float64(bytes)/unit, "KMGTPE"
	for value >= unit {
		value, prefixes = value/unit, prefixes[1:]
	}
	return fmt.Sprintf("%.1f %ciB", value, prefixes[0])
}
