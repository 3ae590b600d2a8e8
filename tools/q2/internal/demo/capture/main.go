//go:build cgo

// Command capture writes the hidden states that `q2 demo` falls back on: for each of its sentences the last token's row of the
// default model, as a .npy matrix. It asks ONNX Runtime for the plain tensor, and shares none of the path that the demo shows.
//
//	go generate ./tools/q2/internal/demo    # after q2 setup
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/tokenizer"
	"github.com/q2kernel/q2/tools/q2/internal/demo"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: capture FILE.npy")
	}
	if err := capture(os.Args[1]); err != nil {
		log.Fatalf("capture: %v", err)
	}
}

func capture(path string) error {
	library, err := cache.RuntimeLibrary()
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(library)
	if err := ort.InitializeEnvironment(); err != nil {
		return fmt.Errorf("%w (run q2 setup first)", err)
	}
	defer ort.DestroyEnvironment()
	rows, n, err := hiddenStates()
	if err != nil {
		return err
	}
	return os.WriteFile(path, matrix(rows, n), 0o644)
}

// hiddenStates runs every sentence and returns the last rows, one after another, and their dimension.
func hiddenStates() (rows []float32, n int, err error) {
	folder, err := cache.DefaultModelFolder()
	if err != nil {
		return nil, 0, err
	}
	tok, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	if err != nil {
		return nil, 0, err
	}
	file := filepath.Join(folder, cache.ModelFile)
	infos, _, err := ort.GetInputOutputInfo(file)
	if err != nil {
		return nil, 0, err
	}
	var inputs []string
	for _, info := range infos {
		inputs = append(inputs, info.Name)
	}
	session, err := ort.NewDynamicAdvancedSession(file, inputs, []string{"last_hidden_state"}, nil)
	if err != nil {
		return nil, 0, err
	}
	defer session.Destroy()
	for _, sentence := range demo.Sentences {
		ids, err := tok.Encode(nil, sentence.Text)
		if err != nil {
			return nil, 0, err
		}
		row, err := lastRow(session, inputs, ids)
		if err != nil {
			return nil, 0, fmt.Errorf("%q: %w", sentence.Text, err)
		}
		rows, n = append(rows, row...), len(row)
	}
	return rows, n, nil
}

// lastRow runs one text and copies the last token's row out.
func lastRow(session *ort.DynamicAdvancedSession, names []string, ids []int64) ([]float32, error) {
	inputs := make([]ort.Value, len(names))
	for i, name := range names {
		values := make([]int64, len(ids))
		switch {
		case name == "input_ids":
			copy(values, ids)
		case name == "attention_mask":
			for j := range values {
				values[j] = 1
			}
		case name != "token_type_ids":
			return nil, fmt.Errorf("the model wants an input %q, which the default model hasn't", name)
		}
		tensor, err := ort.NewTensor(ort.NewShape(1, int64(len(ids))), values)
		if err != nil {
			return nil, err
		}
		defer tensor.Destroy()
		inputs[i] = tensor
	}
	outputs := []ort.Value{nil}
	if err := session.Run(inputs, outputs); err != nil {
		return nil, err
	}
	defer outputs[0].Destroy()
	hidden, ok := outputs[0].(*ort.Tensor[float32])
	if !ok {
		return nil, fmt.Errorf("the hidden state is a %T, fp32 is expected", outputs[0])
	}
	n := int(hidden.GetShape()[2])
	data := hidden.GetData()
	return append([]float32(nil), data[len(data)-n:]...), nil
}

// matrix is a .npy file of fp32 rows, its header padded to 64 bytes as NumPy pads it.
func matrix(rows []float32, n int) []byte {
	dictionary := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", len(rows)/n, n)
	dictionary += strings.Repeat(" ", 63-(10+len(dictionary))%64) + "\n"
	var file bytes.Buffer
	file.WriteString("\x93NUMPY\x01\x00")
	// Writes to a bytes.Buffer don't fail.
	_ = binary.Write(&file, binary.LittleEndian, uint16(len(dictionary)))
	file.WriteString(dictionary)
	_ = binary.Write(&file, binary.LittleEndian, rows)
	return file.Bytes()
}
