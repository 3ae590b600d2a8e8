// Package cli is the command q2: one file a command, all of them functions of their arguments and three streams.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/q2kernel/q2/tools/q2/internal/rows"
)

// Exit statuses.
const (
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// commands is the command line as kong reads it.
type commands struct {
	Demo        demoCommand        `cmd:"" help:"Fingerprint some twenty sentences and find their neighbours."`
	Quantise    quantiseCommand    `cmd:"" aliases:"quantize" help:"Turn rows of numbers into codes and keys."`
	Key         keyCommand         `cmd:"" help:"Print the keys of packed codes."`
	Distance    distanceCommand    `cmd:"" help:"Print the Lee distances of packed codes."`
	Fingerprint fingerprintCommand `cmd:"" help:"Turn texts into fingerprints through a model."`
	Serve       serveCommand       `cmd:"" help:"Serve fingerprints and search over HTTP."`
	Model       modelCommand       `cmd:"" help:"Look at a model."`
	Index       indexCommand       `cmd:"" help:"Keep fingerprints on disk, and search them."`
	Export      exportCommand      `cmd:"" help:"Move an index to ClickHouse, to PostgreSQL with pgvector, or into a Parquet file."`
	Verify      verifyCommand      `cmd:"" help:"Check every backend and instruction set against golden vectors."`
	Bench       benchCommand       `cmd:"" help:"Measure this machine: every kernel beside the read limit."`
	Doctor      doctorCommand      `cmd:"" help:"Say what this machine has, and what to do about what it lacks."`
	Setup       setupCommand       `cmd:"" help:"Fetch ONNX Runtime and the default model into the cache."`
	Version     versionCommand     `cmd:"" help:"Print the versions of the command and of the kernel."`
}

const description = `Q² turns the hidden state of a transformer into a semantic fingerprint: 2 bits a dimension and a 64-bit key.`

// Run runs the command line args and returns the exit status: 0, 1 when the work failed, 2 when the command was used wrongly.
// Errors are one line each on stderr.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	defer stopAtExit(&status)
	parser, err := newParser(stdout, stderr)
	if err != nil {
		return report(stderr, "q2", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return reportUsage(stderr, err)
	}
	if err := parsed.Run(&streams{in: stdin, out: stdout, err: stderr}); err != nil {
		return report(stderr, commandName(parsed.Selected()), err)
	}
	return 0
}

func newParser(stdout, stderr io.Writer) (*kong.Kong, error) {
	return kong.New(&commands{},
		kong.Name("q2"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Exit(func(status int) { panic(exit(status)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 80}),
		kong.TypeMapper(dtypeType, dtypeMapper{}),
		kong.PostBuild(nameServeVariables),
	)
}

// exit carries a status out of kong, which asks the process to end after --help.
type exit int

func stopAtExit(status *int) {
	switch stop := recover().(type) {
	case nil:
	case exit:
		*status = int(stop)
	default:
		panic(stop)
	}
}

// reportUsage prints an error in the command line, with the place where help is.
func reportUsage(stderr io.Writer, err error) int {
	help := "q2 --help"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
		help = commandName(parse.Context.Selected()) + " --help"
	}
	fmt.Fprintf(stderr, "q2: %s (see %s)\n", oneLine(err), help)
	return exitUsage
}

// commandName is what calls a command: "q2 model inspect".
func commandName(node *kong.Node) string {
	if node.Parent == nil {
		return node.Name
	}
	return commandName(node.Parent) + " " + node.Name
}

// report prints why a command failed and chooses the status.
func report(stderr io.Writer, command string, err error) int {
	var usage *rows.UsageError
	if errors.As(err, &usage) {
		fmt.Fprintf(stderr, "q2: %s (see %s --help)\n", oneLine(err), command)
		return exitUsage
	}
	fmt.Fprintf(stderr, "q2: %s\n", oneLine(err))
	return exitFailed
}

// oneLine holds an error to one line, whatever it was joined from, and leaves out the "q2:" that the line begins with anyway.
func oneLine(err error) string {
	line := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	return strings.ReplaceAll(strings.TrimPrefix(line, "q2: "), ": q2: ", ": ")
}

// named puts a file's name before what is wrong with it, unless the error names it already.
func named(name string, err error) error {
	var path *os.PathError
	var usage *rows.UsageError
	if err == nil || errors.As(err, &path) || errors.As(err, &usage) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}
