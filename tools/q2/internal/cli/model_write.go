package cli

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
	"github.com/q2kernel/q2/tools/q2/internal/output"
)

// writeModel writes an edited model to a file, whole or not at all, or to stdout.
func writeModel(s *streams, edit *graph.Edit, path string) error {
	if path == "-" {
		if len(edit.ExternalData) > 0 {
			return fmt.Errorf("the model needs %s beside it, and stdout is in no folder", strings.Join(edit.ExternalData, ", "))
		}
		_, err := edit.WriteTo(s.out)
		return err
	}
	if err := edit.CheckDestination(path); err != nil {
		return err
	}
	file, err := output.Create(path)
	if err != nil {
		return err
	}
	defer file.Discard()
	w := bufio.NewWriterSize(file, 1<<20)
	if _, err := edit.WriteTo(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Commit()
}
