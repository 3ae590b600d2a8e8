package server

import (
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/gopkg/q2"
)

// modelAnswer is what /v1/model says. Nothing in it tells where the model's files are.
type modelAnswer struct {
	Name          string        `json:"name"`
	N             int           `json:"n"`
	PackedBytes   int           `json:"packed_bytes"`
	Vocabulary    int           `json:"vocabulary"`
	MaxTokens     int           `json:"max_tokens"` // of one text; longer texts are cut, longer conversations and token ids refused
	CutAfter      int           `json:"cut_after"`  // the tokenizer's limit, 0 if it has none
	Conversations string        `json:"conversations"`
	Inputs        []tensorName  `json:"inputs"`
	Outputs       []outputName  `json:"outputs"`
	Hidden        hiddenAnswer  `json:"hidden"`
	Kernel        kernelAnswer  `json:"kernel"`
	Batches       batchesAnswer `json:"batches"`
}

type tensorName struct {
	Name string `json:"name"`
	Type string `json:"type"` // with its shape, as the graph has it
}

type outputName struct {
	tensorName `json:",inline"`
	Chosen     bool   `json:"chosen"`
	Why        string `json:"why"`
}

type hiddenAnswer struct {
	tensorName `json:",inline"`
	Why        string `json:"why"`
	LastToken  bool   `json:"last_token"` // the model was cut to put out the last token's row alone
	NotCut     string `json:"not_cut,omitempty"`
}

type kernelAnswer struct {
	Backend string `json:"backend"`
	ISA     string `json:"isa"`
}

type batchesAnswer struct {
	MaxTexts  int    `json:"max_texts"`
	MaxTokens int    `json:"max_tokens"`
	Alone     string `json:"alone,omitempty"` // why every text is run by itself
}

func nameOf(v graph.Value) tensorName {
	return tensorName{v.Name, strings.TrimPrefix(v.String(), v.Name+" ")}
}

func describeEngine(e *engine) ([]byte, error) {
	kernel, err := q2.Default()
	if err != nil {
		return nil, err
	}
	a := modelAnswer{
		Name: e.Name, N: e.Runner.N(), PackedBytes: q2.PackedLen(e.Runner.N()), Vocabulary: e.Tokenizer.VocabularySize(),
		MaxTokens: e.Runner.MaxTokens(), CutAfter: e.Tokenizer.MaxLength(), Conversations: e.conversations(),
		Inputs: []tensorName{}, Outputs: []outputName{}, Kernel: kernelAnswer{kernel.Backend(), kernel.ISA()},
		Batches: batchesAnswer{MaxTexts: e.Runner.MaxBatch(), MaxTokens: e.Runner.MaxBatchTokens()},
	}
	for _, o := range e.Inspection.Verdicts {
		a.Outputs = append(a.Outputs, outputName{nameOf(o.Value), o.Chosen, o.Why})
	}
	if run := e.Inspection.Run; run != nil {
		for _, input := range run.Feeds {
			a.Inputs = append(a.Inputs, nameOf(input))
		}
		a.Hidden = hiddenAnswer{nameOf(run.Hidden), run.Why, run.LastToken, run.NotCut}
		a.Batches.Alone = run.Dynamic
	}
	return json.Marshal(&a)
}

// conversations says how they are written.
func (e *engine) conversations() string {
	switch {
	case e.TemplateError != nil:
		return "refused"
	case e.Template == nil:
		return "lines"
	}
	return "template"
}

func (s *Server) describeModel(w http.ResponseWriter, _ *http.Request) error {
	return sendBytes(w, http.StatusOK, "application/json", s.engine.about)
}
