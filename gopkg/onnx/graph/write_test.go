package graph_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

func TestFileAndBytesAreEqual(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "out.onnx")
	plan, err := graph.Expose(fixture("gemm"), dst, graph.Options{LastToken: true})
	require.NoError(t, err)
	data, other, err := graph.ExposeBytes(fixture("gemm"), graph.Options{LastToken: true})
	require.NoError(t, err)
	assert.Equal(t, plan, other)
	assert.Equal(t, data, read(t, dst))
	assert.Equal(t, []string{"out.onnx"}, entries(t, filepath.Dir(dst)), "no temporary file is left")
	info, err := os.Stat(dst)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&0o044, "readable by others, as any new file")
}

func TestAnExistingDestinationIsReplaced(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "out.onnx")
	require.NoError(t, os.WriteFile(dst, []byte("old"), 0o644))
	_, err := graph.Expose(fixture("tied"), dst, graph.Options{})
	require.NoError(t, err)
	assert.Equal(t, 1, decode(t, read(t, dst)).graphs)
}

func copyTo(t testing.TB, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		data := read(t, filepath.Join(filepath.Dir(fixture("x")), name))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
}

func TestDestinationsThatAreRefused(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	copyTo(t, dir, "external.onnx", "external.bin")
	src := filepath.Join(dir, "external.onnx")
	link := filepath.Join(other, "link.onnx")
	require.NoError(t, os.Symlink(src, link))
	before := [][]byte{read(t, src), read(t, filepath.Join(dir, "external.bin"))}
	cases := []struct {
		dst, say string
		is       error
	}{
		{src, "is the model that is being edited", graph.ErrRefused},
		{link, "is the model that is being edited", graph.ErrRefused},
		{filepath.Join(dir, "external.bin"), "holds the model's weights", graph.ErrRefused},
		{filepath.Join(other, "out.onnx"), "write the edited model into " + dir, graph.ErrExternalData},
		{other, "is not a regular file", graph.ErrRefused},
	}
	for _, c := range cases {
		_, err := graph.Expose(src, c.dst, graph.Options{})
		require.ErrorIs(t, err, c.is, c.dst)
		assert.ErrorContains(t, err, c.say)
	}
	_, err := graph.Expose(fixture("tied"), filepath.Join(other, "no", "such", "out.onnx"), graph.Options{})
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Equal(t, before, [][]byte{read(t, src), read(t, filepath.Join(dir, "external.bin"))}, "sources untouched")
	assert.ElementsMatch(t, []string{"external.onnx", "external.bin"}, entries(t, dir))
	assert.Equal(t, []string{"link.onnx"}, entries(t, other))
}

func TestExternalDataStaysWhereItIs(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, dir, "external.onnx", "external.bin")
	plan, err := graph.Expose(filepath.Join(dir, "external.onnx"), filepath.Join(dir, "cut.onnx"), graph.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"external.bin"}, plan.ExternalData)
	assert.ElementsMatch(t, []string{"external.onnx", "external.bin", "cut.onnx"}, entries(t, dir))

	_, _, err = graph.ExposeBytes(filepath.Join(dir, "external.onnx"), graph.Options{})
	require.ErrorIs(t, err, graph.ErrExternalData)
	require.ErrorIs(t, err, graph.ErrRefused)
}

func TestAModelWhoseHeadAloneLiesOutsideStandsAlone(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "out.onnx")
	plan, err := graph.Expose(fixture("external_head"), dst, graph.Options{})
	require.NoError(t, err)
	assert.Empty(t, plan.ExternalData)
	_, _, err = graph.ExposeBytes(fixture("external_head"), graph.Options{})
	require.NoError(t, err)
}

// Data files that only a body or a constant names are needed all the same.
func TestExternalDataInsideNodes(t *testing.T) {
	outside := func(num protowire.Number, file string) []byte {
		return field(num, text(8, "w_"+file), number(14, 1), field(13, text(1, "location"), text(2, file)))
	}
	body := bytes.Join([][]byte{outside(5, "in_body.bin"), node("Identity", []string{"state"}, []string{"same"}), field(12, text(1, "same"))}, nil)
	dead := node("Constant", nil, []string{"unused"}, append(text(1, "value"), outside(5, "in_dead_constant.bin")...))
	m := readBytes(t, headModel(output("logits", -1, -1, 40), dead,
		node("Constant", nil, []string{"c"}, append(text(1, "value"), outside(5, "in_constant.bin")...)),
		node("If", []string{"c"}, []string{"chosen"}, append(text(1, "then_branch"), field(6, body)...), append(text(1, "else_branch"), field(6, body)...)),
		field(13, text(1, "chosen"), tensorType(1, -1, -1, 4)),
		node("MatMul", []string{"chosen", "head"}, []string{"logits"})))
	e, err := m.Edit(graph.Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"in_constant.bin", "in_body.bin"}, e.ExternalData)
	_, err = e.Bytes()
	require.ErrorIs(t, err, graph.ErrExternalData)
	require.ErrorIs(t, e.WriteFile(filepath.Join(t.TempDir(), "out.onnx")), graph.ErrExternalData)
}

// failing is a writer that is full after some bytes.
type failing struct{ left int }

var errFull = errors.New("no space left")

func (w *failing) Write(b []byte) (int, error) {
	if len(b) > w.left {
		return w.left, errFull
	}
	w.left -= len(b)
	return len(b), nil
}

func TestAFullDiskIsAnError(t *testing.T) {
	e := edit(t, fixture("matmul"), graph.Options{LastToken: true})
	for left := 0; left < int(e.Size); left += 97 {
		_, err := e.WriteTo(&failing{left})
		require.ErrorIs(t, err, errFull)
	}
}

func TestAModelThatChangesMeanwhileIsAnError(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, dir, "matmul.onnx")
	src := filepath.Join(dir, "matmul.onnx")
	e := edit(t, src, graph.Options{})
	require.NoError(t, os.Truncate(src, 4000))
	require.Error(t, e.WriteFile(filepath.Join(dir, "out.onnx")))
	_, err := e.WriteTo(io.Discard)
	require.Error(t, err)
	require.NoError(t, os.WriteFile(src, append(read(t, fixture("matmul")), 0x0a, 0), 0o644))
	_, err = e.WriteTo(io.Discard)
	require.ErrorContains(t, err, "changed since it was opened")
	assert.Equal(t, []string{"matmul.onnx"}, entries(t, dir))
}

// weights is a model whose head is beyond 4 GiB and which takes no memory: zeros are made as they are read.
type weights struct {
	head, tail []byte
	zeros      int64
}

func (w weights) size() int64 { return int64(len(w.head)) + w.zeros + int64(len(w.tail)) }

func (w weights) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		switch at := off + int64(i); {
		case at < int64(len(w.head)):
			p[i] = w.head[at]
		case at < int64(len(w.head))+w.zeros:
			p[i] = 0
		case at < w.size():
			p[i] = w.tail[at-int64(len(w.head))-w.zeros]
		default:
			return i, io.EOF
		}
	}
	return len(p), nil
}

// bigHead is a decoder whose head's weight takes zeros bytes.
func bigHead(zeros int64) weights {
	marker := []byte("<weights>")
	weight := func(raw []byte) []byte {
		return field(5, number(1, 4), number(1, uint64(zeros/16)), number(2, 1), text(8, "lm_head"), field(9, raw))
	}
	graph := func(raw []byte) []byte {
		return bytes.Join([][]byte{
			node("Gather", []string{"embedding", "input_ids"}, []string{"state"}),
			node("MatMul", []string{"state", "lm_head"}, []string{"logits"}),
			floats("embedding", 8, 4), weight(raw),
			field(11, text(1, "input_ids"), tensorType(7, -1, -1)),
			field(12, text(1, "logits"), tensorType(1, -1, -1, zeros/16)),
		}, nil)
	}
	model := append(opset(17), field(7, graph(marker))...)
	cut := bytes.Index(model, marker)
	return weights{head: relength(model[:cut], zeros-int64(len(marker))), tail: model[cut+len(marker):], zeros: zeros}
}

func TestWeightsAreNeverHeld(t *testing.T) {
	w := bigHead(3 << 30)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := graph.Read(w, w.size())
	require.NoError(t, err)
	e, err := m.Edit(graph.Options{})
	require.NoError(t, err)
	assert.EqualValues(t, 3<<30/16, e.Head.Vocabulary)
	data, err := e.Bytes()
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	assert.Less(t, len(data), 1000)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))

	e, err = m.Edit(graph.Options{Logits: "logits", Keep: []string{"logits"}})
	require.NoError(t, err)
	_, err = e.Bytes()
	require.ErrorIs(t, err, graph.ErrRefused)
	assert.ErrorContains(t, err, "protobuf's limit is 2147483647")
}
