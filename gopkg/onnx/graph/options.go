package graph

import "fmt"

// Padding says on which side texts of a batch are filled up to equal length.
type Padding int

const (
	PadRight Padding = iota // the last real token is at sum(attention_mask) − 1
	PadLeft                 // the last real token is the last one
)

func (p Padding) String() string {
	switch p {
	case PadRight:
		return "right"
	case PadLeft:
		return "left"
	}
	return fmt.Sprintf("Padding(%d)", int(p))
}

// MarshalText writes the name, for JSON.
func (p Padding) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ParsePadding reads "right" or "left".
func ParsePadding(text string) (Padding, error) {
	for _, p := range []Padding{PadRight, PadLeft} {
		if text == p.String() {
			return p, nil
		}
	}
	return 0, fmt.Errorf("graph: padding %q is neither right nor left", text)
}

// The names that outputs get where Options names none.
const (
	DefaultHiddenName    = "last_hidden_state"
	DefaultLastTokenName = "last_token_hidden_state"
	DefaultMask          = "attention_mask"
)

// Options say what an edited model shall give. The zero value exposes the hidden state of every token and drops everything else.
type Options struct {
	// Output names the model's output that is the hidden state; "" chooses it (ChooseHidden) or, if there is none, walks back from the logits.
	Output string
	// Logits names the output to walk back from, even if a hidden state is among the outputs; "" finds it.
	Logits string
	// Vocabulary is the logits' width where the caller knows it; 0 takes it from the embedding table.
	Vocabulary int64
	// LastToken cuts the hidden state to the last real token of each text: the output is [batch, n].
	LastToken bool
	// Padding is the side on which texts are padded; only LastToken reads it. With PadRight, attention masks must be ones followed by zeros; a text
	// whose mask has no ones makes the run fail in ONNX Runtime.
	Padding Padding
	// Mask names the attention mask; "" is attention_mask. A model without it has no padding: the last token is at −1.
	Mask string
	// Name is the new output's name; "" is DefaultHiddenName or DefaultLastTokenName. A number is added to one that the graph uses already.
	Name string
	// Keep names outputs to keep beside the hidden state.
	Keep []string
	// KeepCaches keeps the outputs whose names begin with "present" or "past".
	KeepCaches bool
}

// Plan is what an edit does.
type Plan struct {
	Output              Value    `json:"output"`         // what the edited model gives
	Hidden              Value    `json:"hidden"`         // the hidden state that it is made from
	Why                 string   `json:"why"`            // how the hidden state was found
	Head                *Head    `json:"head,omitempty"` // the head that was cut off, where the walk back found one
	LastToken           bool     `json:"last_token"`
	Padding             Padding  `json:"padding"`
	Mask                string   `json:"mask"` // the input that tells real tokens; "" when the last position is taken
	Inputs              []string `json:"inputs"`
	Outputs             []string `json:"outputs"`
	DroppedInputs       []string `json:"dropped_inputs"`
	DroppedOutputs      []string `json:"dropped_outputs"`
	Nodes               int      `json:"nodes"` // kept, those added not counted
	DroppedNodes        int      `json:"dropped_nodes"`
	Initializers        int      `json:"initializers"`
	DroppedInitializers int      `json:"dropped_initializers"`
	ExternalData        []string `json:"external_data"` // files that the edited model still needs beside it
	Size                int64    `json:"size"`          // bytes of the edited model, external data not counted
}
