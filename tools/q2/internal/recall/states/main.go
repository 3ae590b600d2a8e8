//go:build cgo

// Command states writes the hidden state of each line of a text as the default model gives it for the last token, as a .npy matrix: what the
// recall report measures on.
//
//	states TEXTS.txt STATES.npy    # after q2 setup
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/schollz/progressbar/v3"

	"github.com/q2kernel/q2/gopkg/cache"
	"github.com/q2kernel/q2/gopkg/onnx"
	"github.com/q2kernel/q2/gopkg/q2"
	"github.com/q2kernel/q2/gopkg/tokenizer"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: states TEXTS.txt STATES.npy")
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		log.Fatalf("states: %v", err)
	}
}

func write(from, to string) (err error) {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	texts := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	tok, model, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	file, err := os.Create(to + ".part")
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	out.Write(header(len(texts), model.N())) // Flush tells what went wrong
	bar := progressbar.Default(int64(len(texts)), "hidden states")
	for i, text := range texts {
		if err := state(out, tok, model, text); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
		bar.Add(1)
	}
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		return err
	}
	return os.Rename(to+".part", to)
}

func open() (*tokenizer.Tokenizer, *onnx.Model, error) {
	folder, err := cache.DefaultModelFolder()
	if err != nil {
		return nil, nil, err
	}
	tok, err := tokenizer.Load(filepath.Join(folder, cache.TokenizerFile))
	if err != nil {
		return nil, nil, err
	}
	model, err := onnx.Open(filepath.Join(folder, cache.ModelFile), onnx.Options{VocabularySize: tok.VocabularySize()})
	if err == nil && model.Dtype() != q2.FP32 {
		err = errors.Join(fmt.Errorf("the hidden state is %s, fp32 is expected", model.Dtype()), model.Close())
	}
	return tok, model, err
}

func state(out *bufio.Writer, tok *tokenizer.Tokenizer, model *onnx.Model, text string) error {
	ids, err := tok.Encode(nil, text)
	if err != nil {
		return err
	}
	return model.Visit(ids, func(hidden q2.Tensor) error {
		row := hidden.N * 4
		_, err := out.Write(hidden.Data[(hidden.SeqLen-1)*row : hidden.SeqLen*row])
		return err
	})
}

// header of a .npy file, padded to 64 bytes as NumPy pads it.
func header(rows, n int) []byte {
	dictionary := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, n)
	dictionary += strings.Repeat(" ", 63-(10+len(dictionary))%64) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(dictionary))), dictionary...)
}
