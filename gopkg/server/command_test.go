//go:build unix

package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/q2kernel/q2/gopkg/arena"
	"github.com/q2kernel/q2/gopkg/server"
)

// asServer makes this test program be a server over the stand-in, with the configuration that the variable holds.
const asServer = "Q2_TEST_AS_SERVER"

func runAsCommand() {
	text := os.Getenv(asServer)
	if text == "" {
		return
	}
	if err := serve(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve says on stdout where it listens.
func serve(text string) error {
	var c server.Config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	log, err := server.NewLog(os.Stderr, c)
	if err != nil {
		return err
	}
	leases, err := arena.New(arena.Options{Leases: 2, LeaseBytes: 4096})
	if err != nil {
		return err
	}
	m := &standIn{takes: 2 * time.Millisecond, leases: leases}
	s, err := server.New(c, server.Parts{Log: log, LoadModel: func() (*server.Model, error) { return buildModel(m) }})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println(s.Addr())
	return s.Run(ctx)
}

// child is a server in a process of its own.
type child struct {
	*service
	command *exec.Cmd
}

func startChild(t *testing.T, c server.Config) child {
	t.Helper()
	text, err := json.Marshal(c)
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(self)
	command.Env = append(os.Environ(), asServer+"="+string(text))
	log := &lines{}
	command.Stderr = log
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	address, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err, "%s", log)
	go func() { _, _ = io.Copy(io.Discard, stdout) }()
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	s := child{&service{t: t, url: "http://" + strings.TrimSpace(address), client: &http.Client{Transport: transport}, log: log}, command}
	s.waitReady()
	return s
}

// kill ends the process at once, and waits for its end.
func (c child) kill() {
	require.NoError(c.t, c.command.Process.Kill())
	_ = c.command.Wait()
}
