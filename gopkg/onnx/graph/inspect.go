package graph

import (
	"os"
	"path/filepath"
)

// Report is what a model file says of itself, and what can be made of it.
type Report struct {
	Path            string    `json:"path,omitempty"`
	Size            int64     `json:"size"` // bytes of the model file
	IRVersion       int64     `json:"ir_version"`
	Opsets          []Opset   `json:"opsets"`
	Producer        string    `json:"producer"`
	ProducerVersion string    `json:"producer_version"`
	Domain          string    `json:"domain,omitempty"`
	ModelVersion    int64     `json:"model_version"`
	Graph           string    `json:"graph"`
	Inputs          []Value   `json:"inputs"`
	Outputs         []Value   `json:"outputs"`
	Nodes           int       `json:"nodes"`
	Initializers    int       `json:"initializers"`
	Functions       int       `json:"functions"`
	ExternalData    []File    `json:"external_data"`
	Vocabulary      int64     `json:"vocabulary"` // rows of the embedding table, 0 when not found
	Hidden          Choice    `json:"hidden"`     // the output that is the hidden state already
	NotHidden       []Verdict `json:"not_hidden"` // the other outputs, and why they are not
	Head            *Head     `json:"head,omitempty"`
	NoHead          string    `json:"no_head,omitempty"`    // why no head was found
	Expose          *Plan     `json:"expose,omitempty"`     // what an edit with these options does
	Refused         string    `json:"refused,omitempty"`    // or why it is refused
	LastTokenOf     string    `json:"cut_output,omitempty"` // the output that an earlier edit cut to the last token
}

// File is a data file beside the model.
type File struct {
	Name string `json:"name"` // relative to the model
	Size int64  `json:"size"` // bytes; −1 when the file is not there or lies outside the model's folder
}

// Inspect reports on the model at path; o says which edit to plan. Errors are those of Open: what can't be edited is in the report.
func Inspect(path string, o Options) (*Report, error) {
	m, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	return m.Report(o), nil
}

// Report describes the model and plans the edit that o describes.
func (m *Model) Report(o Options) *Report {
	r := &Report{Path: m.path, Size: m.size, IRVersion: m.IRVersion, Opsets: m.Opsets, Producer: m.Producer, ProducerVersion: m.ProducerVersion,
		Domain: m.Domain, ModelVersion: m.Version, Graph: m.GraphName, Inputs: m.Inputs, Outputs: m.Outputs, Nodes: len(m.nodes),
		Initializers: len(m.initializers), Functions: len(m.functions), ExternalData: m.dataFiles(), Vocabulary: m.Vocabulary(), LastTokenOf: m.metadata[keyLastToken]}
	r.Hidden, r.NotHidden = m.ChooseHidden(o.Vocabulary)
	vocabulary := max(o.Vocabulary, 0)
	if vocabulary == 0 {
		vocabulary = r.Vocabulary
	}
	logits, err := m.logitsOutput(o.Logits, vocabulary)
	if err == nil {
		r.Head, err = m.findHead(logits)
	}
	if err != nil {
		r.NoHead = reason(err)
	}
	if e, err := m.Edit(o); err != nil {
		r.Refused = reason(err)
	} else {
		r.Expose = &e.Plan
	}
	return r
}

// dataFiles lists all data files that the model names.
func (m *Model) dataFiles() []File {
	all := distinct{}
	for i := range m.initializers {
		if t := &m.initializers[i]; t.external != "" {
			all.add(t.external)
		}
	}
	for i := range m.nodes {
		all.add(m.nodes[i].external...)
	}
	all.add(m.external...)
	var files []File
	for _, name := range all.list {
		files = append(files, File{name, m.dataSize(name)})
	}
	return files
}

// dataSize looks only inside the model's folder, wherever a hostile file may point.
func (m *Model) dataSize(name string) int64 {
	if m.path == "" || !filepath.IsLocal(name) {
		return -1
	}
	info, err := os.Stat(filepath.Join(m.folder(), name))
	if err != nil {
		return -1
	}
	return info.Size()
}
