package graph_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/q2kernel/q2/gopkg/onnx/graph"
)

// tryAll does with a model whatever can be done with it, and checks that errors are ours and results whole.
func tryAll(t testing.TB, model []byte) {
	m, err := graph.Read(bytes.NewReader(model), int64(len(model)))
	if err != nil {
		if !errors.Is(err, graph.ErrFormat) {
			t.Fatalf("neither a model nor a format error: %v", err)
		}
		return
	}
	m.Report(graph.Options{})
	for _, o := range []graph.Options{{}, {LastToken: true}, {LastToken: true, Padding: graph.PadLeft, KeepCaches: true}, {Logits: "logits"}} {
		e, err := m.Edit(o)
		if err != nil {
			if !errors.Is(err, graph.ErrRefused) {
				t.Fatalf("neither an edit nor a refusal: %v", err)
			}
			continue
		}
		n, err := e.WriteTo(io.Discard)
		if err != nil || n != e.Size {
			t.Fatalf("wrote %d bytes of %d: %v", n, e.Size, err)
		}
		if data, err := e.Bytes(); err == nil {
			again, err := graph.Read(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatalf("an edited model does not read back: %v", err)
			}
			if got := again.Outputs[len(again.Outputs)-1].Name; e.Output.Name != got && len(e.Outputs) == 1 {
				t.Fatalf("the edited model's output is %q instead of %q", got, e.Output.Name)
			}
		}
	}
}

func TestEveryTruncationIsAnError(t *testing.T) {
	for _, name := range []string{"external", "fp16", "if_captured", "sparse"} {
		model := read(t, fixture(name))
		graphStart := bytes.Index(model, []byte("q2-fixtures"))
		for n := range len(model) {
			_, err := graph.Read(bytes.NewReader(model[:n]), int64(n))
			if n > graphStart+20 && n < graphStart+200 {
				require.ErrorIs(t, err, graph.ErrFormat, "%s cut at byte %d", name, n)
			}
			tryAll(t, model[:n])
		}
	}
}

func TestFlippedBitsAreHandled(t *testing.T) {
	model := read(t, fixture("external"))
	for i := range model {
		for _, bit := range []int{i % 8, (i + 3) % 8, 7} {
			model[i] ^= 1 << bit
			tryAll(t, model)
			model[i] ^= 1 << bit
		}
	}
}

func TestWhatIsNoModelIsNamed(t *testing.T) {
	dir := t.TempDir()
	many := bytes.Repeat(field(1, text(4, "Add")), 1000)
	deep := text(1, "x")
	for range 40 {
		deep = node("If", nil, []string{"y"}, append(text(1, "then_branch"), field(6, deep)...))
	}
	cases := []struct {
		name  string
		model []byte
		say   string
	}{
		{"empty", nil, "a model of 0 bytes"},
		{"text", []byte("this is not a model at all"), "byte 0"},
		{"lfs", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "Git LFS pointer"},
		{"ort", []byte("\x18\x00\x00\x00ORTM and more"), ".ort format"},
		{"zip", []byte("PK\x03\x04 and more"), "zip archive"},
		{"no graph", opset(17), "has no graph"},
		{"graph is a number", number(7, 1), "the graph has wire type 0"},
		{"group", []byte{7<<3 | 3}, "wire type 3"},
		{"length beyond the end", append(opset(17), 7<<3|2, 100, 0), "claims 100 bytes"},
		{"length beyond 2^63", protowire.AppendVarint([]byte{7<<3 | 2}, 1<<63+5), "claims 9223372036854775813 bytes"},
		{"fixed number beyond the end", field(7, []byte{12<<3 | 5, 1, 2}), "past it"},
		{"node without operator", field(7, field(1, text(2, "y"))), "no op_type"},
		{"nodes without operator", field(7, many, field(1)), "no op_type"},
		{"value made twice", field(7, node("Neg", nil, []string{"y"}), node("Abs", nil, []string{"y"})), `"y" is produced twice, by Neg node without a name and by Abs`},
		{"deep bodies", field(7, deep), "nest deeper than 32"},
		{"many dimensions", field(7, field(5, bytes.Repeat(number(1, 1), 40))), "more than 32 dimensions"},
		{"packed dimensions", field(7, field(5, field(1, bytes.Repeat([]byte{1}, 40)))), "more than 32 dimensions"},
		{"shape of many dimensions", field(7, field(12, field(2, field(1, field(2, bytes.Repeat(field(1), 40)))))), "more than 32 dimensions"},
		{"long name", field(7, field(1, text(3, strings.Repeat("x", 70000)))), "70000 bytes long; the limit is 65536"},
		{"raw data too short", field(7, field(5, number(1, 3), number(2, 7), text(8, "w"), field(9, []byte{1, 2, 3}))), "holds 3 bytes instead of 24"},
		{"external without a file", field(7, field(5, text(8, "w"), number(14, 1))), "does not name"},
		{"external length", field(7, field(5, field(13, text(1, "length"), text(2, "-7")))), `"-7", not a size`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, "model.onnx")
			require.NoError(t, os.WriteFile(path, c.model, 0o644))
			_, err := graph.Open(path)
			require.ErrorIs(t, err, graph.ErrFormat)
			assert.ErrorContains(t, err, c.say)
			assert.ErrorContains(t, err, path)
		})
	}
	_, err := graph.Open(dir)
	require.ErrorContains(t, err, "not a regular file")
	_, err = graph.Open(filepath.Join(dir, "missing.onnx"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// repeated is a file of one part again and again, which takes no memory.
type repeated struct {
	head, part []byte
	count      int64
}

func (r repeated) size() int64 { return int64(len(r.head)) + int64(len(r.part))*r.count }

func (r repeated) ReadAt(p []byte, off int64) (int, error) {
	if off >= r.size() {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), r.size()-off))
	for i := range n {
		if at := off + int64(i); at < int64(len(r.head)) {
			p[i] = r.head[at]
		} else {
			p[i] = r.part[(at-int64(len(r.head)))%int64(len(r.part))]
		}
	}
	return n, nil
}

// Two bytes of file may not cost more and more memory: the description's limit ends that.
func TestMemoryHasALimit(t *testing.T) {
	const limit = 8 << 20
	for name, part := range map[string][]byte{
		"nodes":             node("A", nil, nil),
		"unknown fields":    number(99, 1),
		"inputs of no name": field(11),
		"dimensions":        field(12, field(2, field(1, field(2, field(1))))),
		"nodes of inputs":   node("A", []string{"x", "x", "x", "x", "x", "x"}, nil),
		"captured names":    node("A", nil, nil, field(6, node("B", []string{"x"}, nil))),
	} {
		t.Run(name, func(t *testing.T) {
			r := repeated{part: part, count: 64 << 20 / int64(len(part))}
			r.head = protowire.AppendVarint([]byte{7<<3 | 2}, uint64(int64(len(part))*r.count))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := graph.ReadLimited(r, r.size(), limit)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, graph.ErrFormat)
			assert.ErrorContains(t, err, "more than 8 MiB")
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16*limit), "all that was ever allocated, outgrown lists included")
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"external", "fp16", "if_captured", "sparse", "gemm", "dynamic_int8", "function", "past"} {
		f.Add(read(f, fixture(name)))
	}
	for _, model := range handmade() {
		f.Add(model)
	}
	f.Fuzz(func(t *testing.T, model []byte) { tryAll(t, model) })
}

// handmade are small models that reach corners which the fixtures do not.
func handmade() map[string][]byte {
	logits := field(12, text(1, "logits"))
	return map[string][]byte{
		"cycle":      field(7, node("Cast", []string{"b"}, []string{"logits"}), node("Cast", []string{"logits"}, []string{"b"}), logits),
		"self":       field(7, node("Add", []string{"logits", "w"}, []string{"logits"}), floats("w", 1), logits),
		"reshapes":   field(7, node("MatMul", []string{"a", "w"}, []string{"logits"}), node("Reshape", []string{"b", "s"}, []string{"a"}), node("Reshape", []string{"a", "s"}, []string{"b"}), floats("w", 4, 8), integers("s", -1, 4), logits),
		"scale loop": field(7, node("Mul", []string{"x", "y"}, []string{"logits"}), node("Mul", []string{"y", "y"}, []string{"y"}), logits),
		"no inputs":  field(7, node("MatMul", nil, []string{"logits"}), logits),
		"odd axes":   field(7, node("Gather", []string{"w", "s"}, []string{"logits"}, append(append(text(1, "axis"), number(3, 1<<63)...), number(20, 2)...)), floats("w", 4, 8), integers("s", -1, 4), logits),
		"odd perm":   field(7, node("Transpose", []string{"w"}, []string{"logits"}, append(append(text(1, "perm"), number(8, 7)...), number(8, 1<<63)...)), floats("w", 4, 8), logits),
		"overflow":   field(7, node("Reshape", []string{"w", "s"}, []string{"logits"}), field(5, number(1, 1<<62), number(1, 1<<62), number(2, 1), text(8, "w")), integers("s", -1, 1<<62, 1<<62), logits),
	}
}

func TestHandmadeCorners(t *testing.T) {
	for name, model := range handmade() {
		t.Run(name, func(t *testing.T) {
			tryAll(t, model)
			m, err := graph.Read(bytes.NewReader(model), int64(len(model)))
			require.NoError(t, err)
			_, err = m.Edit(graph.Options{})
			require.ErrorIs(t, err, graph.ErrRefused)
		})
	}
}
